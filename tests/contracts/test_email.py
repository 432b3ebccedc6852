"""What every implementation of `core.ports.email.Email` does, whatever carries it."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiosmtpd.smtp import SMTP

from adapters.email.inbox import InboxEmail
from adapters.email.renderer import AssistanceContact, EmailRenderer, EmailSettings
from adapters.email.smtp import SmtpEmail
from adapters.email.smtp_connections import SmtpSecurity, SmtpSettings
from adapters.inbox import Inbox
from core.errors import MessageDeferred, MessageRefused
from core.locale import Locale
from core.messages import Acceptance, Channel, EmailMessage, MessageKind
from core.ports.email import Email
from core.voter import EmailAddress
from tests.tracebacks import told_by

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")

NOW = datetime(2027, 3, 12, 13, 5, tzinfo=UTC)
TOKEN = "Zk3v-_" + "a" * 37
FACTS = {
    "token": TOKEN,
    "expires_at": NOW,
    "changed_at": NOW,
    "reference": "ABCD2345",
    "topic": "other",
    "contact": "dominique.bernard@example.org",
    "message": "Bonjour <b>à tous</b>",
    "received_at": NOW,
    "notice": "raised",
    "alert": "a1",
    "kind": "delivery_fell",
    "axis": "country",
    "value": "AR",
    "figures": "delivered: 3\nended: 20",
    "raised_at": NOW,
    "ended_at": NOW,
    "by": "",
    "times": 1,
    "help": "docs/how-to/the-last-evening.md",
}
KINDS = [kind for kind in MessageKind if kind.channel is Channel.EMAIL]


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Received:
    """One e-mail as its reader got it."""

    to: str
    subject: str
    text: str
    html: str
    message_id: str | None = None


@dataclass
class Setup:
    """One implementation, and the mailbox at its other end."""

    email: Email
    received: Callable[[], list[Received]]
    answers: list[str] = field(default_factory=list)
    """What a relay answers to the next recipients in place of yes; unused without a relay."""
    relayed: bool = True
    go_away: Callable[[], Awaitable[None]] | None = None


def renderer() -> EmailRenderer:
    assistance = AssistanceContact("assistance@example.org", "+33 1 99 00 00 01")
    link = "https://vote.example.org/renouveler#token={token}"
    settings = EmailSettings("vote@example.org", "Vote", link, "vote.example.org", assistance)
    return EmailRenderer(settings, StoppedClock())


@asynccontextmanager
async def by_inbox():
    inbox = Inbox()

    def received() -> list[Received]:
        kept = inbox.contents()["emails"]
        return [Received(e["to"], e["subject"], e["text"], e["html"]) for e in reversed(kept)]

    yield Setup(InboxEmail(renderer(), inbox), received, relayed=False)


@asynccontextmanager
async def by_smtp():
    setup: Setup
    letters: list[tuple[str, bytes]] = []
    transports: list[asyncio.Transport] = []

    class Relay:
        async def handle_RCPT(self, server, session, envelope, address, options):
            if setup.answers:
                return setup.answers.pop(0)
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            letters.extend((to, envelope.content) for to in envelope.rcpt_tos)
            return "250 2.0.0 Ok: queued as 4XyZ"

    class Server(SMTP):
        def connection_made(self, transport):
            transports.append(transport)
            super().connection_made(transport)

    def received() -> list[Received]:
        return [_read(to, content) for to, content in letters]

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(Relay(), loop=loop), "127.0.0.1", 0)
    smtp = SmtpEmail(
        renderer(),
        SmtpSettings(
            "127.0.0.1",
            "retours@vote.example.org",
            port=server.sockets[0].getsockname()[1],
            security=SmtpSecurity.PLAIN,
            helo_name="localhost",
        ),
    )

    async def go_away():
        server.close()
        for transport in transports:
            transport.close()
        await asyncio.sleep(0.02)

    setup = Setup(smtp, received, go_away=go_away)
    yield setup
    await smtp.aclose()
    await go_away()


def _read(to: str, content: bytes) -> Received:
    read = email.message_from_bytes(content, policy=email.policy.default)
    texts = {}
    for subtype in ("plain", "html"):
        part = read.get_body((subtype,))
        assert part is not None
        texts[subtype] = part.get_content().replace("\r\n", "\n")
    return Received(to, read["Subject"], texts["plain"], texts["html"], read["Message-ID"])


@pytest.fixture(params=[by_inbox, by_smtp], ids=["inbox", "smtp"])
async def setup(request):
    async with request.param() as setup:
        yield setup


with_a_relay = pytest.mark.parametrize("setup", [by_smtp], ids=["smtp"], indirect=True)
"""Only where something stands behind the adapter that can say no or go away."""


def message(kind=MessageKind.LINK, locale=Locale.FR, to="camille.martin@example.org", id="r1.x"):
    return EmailMessage(id, kind, EmailAddress(to), locale, FACTS)


async def test_accepts_with_a_route(setup):
    """R29: a message taken over comes back with the route that took it."""
    accepted = await setup.email.send(message())
    assert isinstance(accepted, Acceptance)
    assert accepted.route
    assert len(setup.received()) == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", list(Locale))
async def test_the_same_message_by_every_way(setup, kind, locale):
    """R34, R46: subject, text and HTML arrive as the renderer wrote them, in the locale."""
    written = renderer().render(message(kind, locale))
    await setup.email.send(message(kind, locale))
    [received] = setup.received()
    assert (received.subject, received.text, received.html) == (
        written.subject,
        written.text,
        written.html,
    )


async def test_goes_to_the_address_on_file_alone(setup):
    """R25: one recipient, the message's; the address that a voter typed gets nothing."""
    await setup.email.send(message(MessageKind.ASSISTANCE, to="assistance@example.org"))
    assert [received.to for received in setup.received()] == ["assistance@example.org"]


async def test_link_host_comes_from_the_configuration(setup):
    """R18: the link is made from the configured address and nothing else."""
    await setup.email.send(message())
    [received] = setup.received()
    link = f"https://vote.example.org/renouveler#token={TOKEN}"
    assert link in received.text.split("\n")
    assert f'href="{link}"' in received.html


async def test_same_id_twice_has_one_message_id(setup):
    """R34: a retry after a crash carries the Message-ID of the first try."""
    first = await setup.email.send(message(id="r7.link"))
    again = await setup.email.send(message(id="r7.link"))
    wanted = "<r7.link@vote.example.org>"
    if setup.relayed:
        assert [received.message_id for received in setup.received()] == [wanted, wanted]
    else:
        assert first.reference == again.reference == wanted


@pytest.mark.parametrize("address", ["x@example.org\r\nBcc: y@example.org", "x y@example.org"])
async def test_address_that_cannot_be_written_to_is_refused(setup, address):
    """R25, R42: refused with a reason that does not repeat it, and nobody gets anything."""
    with pytest.raises(MessageRefused) as refusal:
        await setup.email.send(message(to=address))
    assert "example.org" not in refusal.value.reason
    assert setup.received() == []


async def test_several_at_once_all_arrive(setup):
    """R29: concurrent sends neither mix nor lose messages."""
    addresses = [f"voter{number}@example.org" for number in range(12)]
    await asyncio.gather(*(setup.email.send(message(to=to, id=f"r{to[:7]}")) for to in addresses))
    assert sorted(received.to for received in setup.received()) == sorted(addresses)


@with_a_relay
@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("550 5.1.1 <camille.martin@example.org>: no such user", MessageRefused),
        ("450 4.2.1 camille.martin@example.org is busy", MessageDeferred),
    ],
)
async def test_relay_says_no(setup, answer, failure):
    """R29, R42: 5xx refuses, 4xx defers; neither tells the address; the next message goes."""
    setup.answers.append(answer)
    with pytest.raises(failure) as told:
        await setup.email.send(message())
    assert answer[:3] in str(told.value)
    assert "camille" not in told_by(told.value)
    await setup.email.send(message())
    assert len(setup.received()) == 1


@with_a_relay
async def test_relay_gone_defers(setup):
    """R29: an outage defers, whether or not a connection was open before."""
    await setup.email.send(message())
    await setup.go_away()
    for _ in range(2):
        with pytest.raises(MessageDeferred):
            await setup.email.send(message())
