"""SmtpEmail against a real SMTP server on the loopback address."""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from adapters.email.envelope import BounceAddress
from adapters.email.message_ids import MessageIds, Named
from adapters.email.renderer import AssistanceContact, EmailRenderer, EmailSettings
from adapters.email.smtp import SmtpEmail
from adapters.email.smtp_answers import scrubbed
from adapters.email.smtp_connections import SmtpSecurity, SmtpSettings
from core.errors import MessageDeferred, MessageRefused
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.messages import Acceptance, EmailMessage, MessageKind
from core.voter import EmailAddress
from tests.tracebacks import told_by

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:aiosmtpd")
VOTER = "camille.martin@example.org"


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2027, 3, 12, 13, 5, tzinfo=UTC)


class Relay:
    """aiosmtpd's handler: keeps what it accepts; `answers` overrides a command's answer once."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, list[str], list[str], bytes]] = []
        self.answers: dict[str, list[str]] = {}
        self.sessions: set[object] = set()
        self.secured: list[bool] = []
        self.at_once = self.most_at_once = 0
        self.delay = 0.0
        self.port = 0
        self.dsn: list[list[str]] = []
        self.extensions: list[str] = []
        self.transports: list[asyncio.Transport] = []

    def _answer(self, command: str) -> str | None:
        waiting = self.answers.get(command)
        return waiting.pop(0) if waiting else None

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        own = [f"250-{each}" for each in self.extensions]
        return [responses[0], *own, *responses[1:]]

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.sessions.add(session)
        self.secured.append(session.ssl is not None)
        answer = self._answer("MAIL")
        if answer:
            return answer
        envelope.mail_from, envelope.mail_options = address, options
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self._answer("RCPT")
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(self.delay)
        self.at_once -= 1
        answer = self._answer("DATA")
        if answer:
            return answer
        self.messages.append(
            (envelope.mail_from, envelope.rcpt_tos, envelope.mail_options, envelope.content)
        )
        return f"250 2.0.0 Ok: queued as 4XyZ{len(self.messages)}"

    def hang_up(self) -> None:
        for transport in self.transports:
            transport.close()


@asynccontextmanager
async def running(relay: Relay, port: int = 0, wrap: ssl.SSLContext | None = None, **options):
    class Server(SMTP):
        def connection_made(self, transport):
            relay.transports.append(transport)
            super().connection_made(transport)

        async def smtp_MAIL(self, arg):
            await super().smtp_MAIL(self._without_dsn(arg, relay.dsn))

        async def smtp_RCPT(self, arg):
            await super().smtp_RCPT(self._without_dsn(arg, relay.dsn))

        def _without_dsn(self, arg, seen):
            """aiosmtpd knows no DSN: noted, and taken off for it."""
            words = arg.split(" ")
            ours = [each for each in words if each.startswith(("RET=", "ENVID=", "NOTIFY="))]
            if "DSN" in relay.extensions and ours:
                seen.append(ours)
                return " ".join(each for each in words if each not in ours)
            return arg

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Server(relay, loop=loop, **options), "127.0.0.1", port, ssl=wrap
    )
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        relay.hang_up()
        await asyncio.sleep(0.01)


def settings(port: int, **changes) -> SmtpSettings:
    plain = SmtpSettings(
        host="127.0.0.1",
        port=port,
        bounce_address="retours@vote.example.org",
        security=SmtpSecurity.PLAIN,
        helo_name="localhost",
        connect_timeout=2,
        command_timeout=2,
    )
    return replace(plain, **changes)


RENDERER_SETTINGS = EmailSettings(
    "ne-pas-repondre@vote.example.org",
    "Vote",
    "https://vote.example.org/r#{token}",
    "vote.example.org",
    AssistanceContact("assistance@example.org"),
)
RENDERER = EmailRenderer(RENDERER_SETTINGS, StoppedClock())


TAGGING = EmailRenderer(RENDERER_SETTINGS, StoppedClock(), Keyring((SecretKey("k", b"k" * 32),)))


@asynccontextmanager
async def adapter(port: int, renderer=RENDERER, **changes):
    smtp = SmtpEmail(renderer, settings(port, **changes))
    try:
        yield smtp
    finally:
        await smtp.aclose()


def message(id="r1.no_phone", to=VOTER, kind=MessageKind.NO_PHONE) -> EmailMessage:
    return EmailMessage(id, kind, EmailAddress(to), Locale.FR)


@pytest.fixture(params=[[], ["PIPELINING"]], ids=["in turns", "pipelining"])
async def relay(request):
    """Of either kind: one that wants to be asked one thing after the other, and one that does
    not."""
    async with running(Relay(), enable_SMTPUTF8=True) as relay:
        relay.extensions = [*request.param]
        yield relay


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The certificate of an authority, and a server's context for 127.0.0.1 that it vouches for."""
    folder = tmp_path_factory.mktemp("tls")
    authority, certificate = trustme.CA(), folder / "ca.pem"
    authority.cert_pem.write_to_path(certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return certificate, context


async def test_hands_over_the_finished_message(relay):
    """R34, R25: the envelope holds the bounce address and the voter on file, and nobody else."""
    async with adapter(relay.port) as smtp:
        assert await smtp.send(message()) == Acceptance("smtp", "4XyZ1")
    [(sender, recipients, _, content)] = relay.messages
    assert (sender, recipients) == ("retours@vote.example.org", [VOTER])
    read = email.message_from_bytes(content, policy=email.policy.default)
    assert read["Message-ID"] == "<r1.no_phone@vote.example.org>"
    assert not read.defects


async def test_asks_for_reports_without_the_content(relay):
    """R30: M1: a relay that offers DSN is told to report failures and delays, to send back headers
    alone, and by which name: that of this try."""
    relay.extensions += ["DSN"]
    async with adapter(relay.port, TAGGING) as smtp:
        await smtp.send(message())
        await smtp.send(replace(message(), sending=2))
    first, _, second, _ = relay.dsn
    assert relay.dsn[1::2] == [["NOTIFY=FAILURE,DELAY"]] * 2
    assert [each[0] for each in (first, second)] == ["RET=HDRS", "RET=HDRS"]
    names = MessageIds("vote.example.org", Keyring((SecretKey("k", b"k" * 32),)))
    named = [names.named_in(each[1].removeprefix("ENVID=")) for each in (first, second)]
    assert named == [Named("r1.no_phone", 1), Named("r1.no_phone", 2)]


async def test_without_keys_reports_are_asked_for_without_a_name(relay):
    """R30: M1: a name that anybody could make up is not given."""
    relay.extensions += ["DSN"]
    async with adapter(relay.port) as smtp:
        await smtp.send(message())
    assert relay.dsn == [["RET=HDRS"], ["NOTIFY=FAILURE,DELAY"]]


async def test_a_relay_without_dsn_is_told_nothing_that_it_does_not_know(relay):
    """R29: M1: parameters that a relay does not offer would have it refuse the e-mail."""
    async with adapter(relay.port, TAGGING) as smtp:
        await smtp.send(message())
    assert relay.messages[0][2] == []


async def test_a_bounce_address_for_each_sending(relay):
    """R30: M4: a report that comes to it is tied, whatever the relay made of the Message-ID; a name
    that is too long for an address leaves the common one."""
    template = "r+{sending}@vote.example.org"
    async with adapter(relay.port, TAGGING, bounce_template=template) as smtp:
        await smtp.send(message())
        await smtp.send(message("r" * 60 + ".no_phone"))
    own, common = (sender for sender, *_ in relay.messages)
    names = MessageIds("vote.example.org", Keyring((SecretKey("k", b"k" * 32),)))
    assert own.startswith("r+r1.no_phone.1.")
    assert names.named_in(own) == Named("r1.no_phone", 1)
    assert common == "retours@vote.example.org"


@pytest.mark.parametrize("template", ["r@vote.example.org", "r@{sending}.org", "{sending} x@a.org"])
def test_a_bounce_address_that_names_no_sending(template):
    """R30: M4: it is refused at start."""
    with pytest.raises(ValueError, match=r"sending|malformed"):
        BounceAddress("retours@vote.example.org", template)


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("250 2.0.0 Ok: queued as 4XyZ9", "4XyZ9"),
        ("250 OK id=1rAbC-0001Bc-2d", "1rAbC-0001Bc-2d"),
        ("250 2.0.0 5f0c81d2 Message accepted for delivery", "5f0c81d2"),
        ("250 2.0.0 3ASEHbWd000123 Message accepted for delivery", "3ASEHbWd000123"),
        ("250 2.0.0 5f0c81d2: Message accepted for delivery", "5f0c81d2"),
        ("250 OK", None),
        ("250 Message accepted for delivery", None),
    ],
)
async def test_the_relays_own_name_of_the_email(relay, answer, reference):
    """R29: M5: as Postfix, Exim, OpenSMTPD and Sendmail tell it."""
    relay.answers["DATA"] = [answer]
    async with adapter(relay.port) as smtp:
        assert await smtp.send(message()) == Acceptance("smtp", reference)


async def test_a_relay_that_knows_helo_only(relay):
    """R29: it gets the e-mail all the same."""

    class Old(SMTP):
        async def smtp_EHLO(self, hostname):
            await self.push("502 5.5.1 what?")

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Old(relay, loop=loop), "127.0.0.1", 0)
    async with server, adapter(server.sockets[0].getsockname()[1], TAGGING) as smtp:
        await smtp.send(message())
    await asyncio.sleep(0.02)
    assert len(relay.messages) == 1


async def test_keeps_one_connection(relay):
    """R29: many messages go over one connection, even when they are sent at the same time."""
    relay.delay = 0.005
    async with adapter(relay.port) as smtp:
        await asyncio.gather(*(smtp.send(message(f"r{each}")) for each in range(20)))
    assert len(relay.messages) == 20
    assert len(relay.sessions) == 1
    assert relay.most_at_once == 1


async def test_uses_as_many_connections_as_allowed(relay):
    """R29: a pool of three sends three at a time, not more."""
    relay.delay = 0.02
    async with adapter(relay.port, connections=3) as smtp:
        await asyncio.gather(*(smtp.send(message(f"r{each}")) for each in range(12)))
    assert relay.most_at_once == 3
    assert len(relay.messages) == 12
    assert len(relay.sessions) == 3


async def test_renews_the_connection_after_its_share(relay):
    """R29: relays limit the messages of one connection, so none carries more than its share."""
    async with adapter(relay.port, messages_per_connection=2) as smtp:
        for each in range(5):
            await smtp.send(message(f"r{each}"))
    assert len(relay.sessions) == 3


async def test_reconnects_when_the_relay_hung_up(relay):
    """R29: a connection that the relay closed in a quiet hour costs no message."""
    async with adapter(relay.port) as smtp:
        await smtp.send(message("r1"))
        relay.hang_up()
        await smtp.send(message("r2"))
        await asyncio.sleep(0.02)
        relay.hang_up()
        await asyncio.sleep(0.02)
        await smtp.send(message("r3"))
    assert len(relay.messages) == 3


async def test_reconnects_when_the_relay_says_farewell(relay):
    """R29: a kept connection that answers 421 to a new message is opened again at once."""
    async with adapter(relay.port) as smtp:
        await smtp.send(message("r1"))
        relay.answers["MAIL"] = ["421 4.4.2 idle too long"]
        await smtp.send(message("r2"))
    assert len(relay.messages) == 2
    assert len(relay.sessions) == 2


async def test_relay_that_shuts_for_good_defers(relay):
    """R29: a relay that says 421 on a fresh connection too is tried again later."""
    relay.answers["MAIL"] = ["421 4.3.2 closing"] * 2
    async with adapter(relay.port) as smtp:
        with pytest.raises(MessageDeferred, match=r"^421 4\.3\.2 closing$"):
            await smtp.send(message())
        await smtp.send(message())


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_4xx_defers(relay, command):
    """R29: a temporary failure at any step defers, with the relay's reason."""
    relay.answers[command] = ["451 4.7.1 greylisted, try later"]
    async with adapter(relay.port) as smtp:
        with pytest.raises(MessageDeferred, match=r"^451 4\.7\.1 greylisted, try later$"):
            await smtp.send(message())
        await smtp.send(message())
    assert len(relay.sessions) == 1


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
async def test_5xx_refuses(relay, command):
    """R29: a permanent failure at any step refuses; the connection serves the next message."""
    relay.answers[command] = [f"550 5.1.1 <{VOTER}>: user camille.martin is unknown"]
    async with adapter(relay.port) as smtp:
        with pytest.raises(MessageRefused) as refusal:
            await smtp.send(message())
        await smtp.send(message("r2"))
    assert refusal.value.reason == "550 5.1.1 user is unknown"
    assert len(relay.messages) == 1
    assert len(relay.sessions) == 1


@pytest.mark.parametrize("answer", ["530 5.7.0 Authentication required", "535 5.7.8 no"])
async def test_session_refused_defers(relay, answer):
    """R29: a missing login is the settings' fault, not the message's: mending them delivers it."""
    relay.answers["MAIL"] = [answer]
    async with adapter(relay.port) as smtp:
        with pytest.raises(MessageDeferred):
            await smtp.send(message())


async def test_failures_never_tell_the_address(relay):
    """R42: neither the text nor the traceback of a failure holds the voter's address."""
    failures = []
    async with adapter(relay.port) as smtp:
        for answer in (f"550 no {VOTER} here", f"450 {VOTER} is busy"):
            relay.answers["RCPT"] = [answer]
            with pytest.raises((MessageRefused, MessageDeferred)) as failure:
                await smtp.send(message())
            failures.append(failure.value)
    for failure in failures:
        told = told_by(failure)
        assert "camille" not in told
        assert failure.__context__ is None


async def test_no_relay_defers():
    """R29: a relay that cannot be reached is tried again later."""
    async with running(Relay()) as gone:
        pass
    async with adapter(gone.port) as smtp:
        with pytest.raises(MessageDeferred, match=r"^no connection$"):
            await smtp.send(message())


async def test_relay_that_comes_back_is_used(relay):
    """R29: after an outage the same adapter sends again."""
    port = relay.port
    async with running(Relay()) as first, adapter(first.port) as smtp:
        await smtp.send(message("r1"))
        smtp._connections._settings = settings(port)
        first.hang_up()
        await asyncio.sleep(0.02)
        smtp._connections._idle.clear()
        await smtp.send(message("r2"))
    assert len(relay.messages) == 1


async def test_silent_relay_defers():
    """R29: a relay that accepts the connection and says nothing costs the connect limit, once."""
    writers: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: writers.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, adapter(port, connect_timeout=0.1) as smtp:
        with pytest.raises(MessageDeferred, match=r"^timeout$"):
            await smtp.send(message())
        for writer in writers:
            writer.close()
            await writer.wait_closed()


async def test_relay_that_stalls_defers_and_the_next_message_goes(relay):
    """R29: when the answer to the content does not come in time, a new connection takes over."""
    relay.delay = 1
    async with adapter(relay.port, command_timeout=0.1, deadline=0.3) as smtp:
        with pytest.raises(MessageDeferred, match=r"^timeout$"):
            await smtp.send(message("r1"))
        relay.delay = 0
        await smtp.send(message("r2"))
    assert len(relay.sessions) == 2


async def test_a_slow_answer_to_the_content_is_waited_for(relay):
    """R29: F-7: a relay that takes longer than a step over the content gets the e-mail once."""
    relay.delay = 0.4
    async with adapter(relay.port, command_timeout=0.2, deadline=5) as smtp:
        await smtp.send(message("r1"))
    assert len(relay.messages) == 1


async def test_one_deadline_for_a_whole_email():
    """R29: F-7: steps that are each in time do not add up to more than the e-mail's deadline, and
    a relay that has used it up is not given the content."""
    said: list[bytes] = []
    writers: list[asyncio.StreamWriter] = []

    async def dawdle(reader, writer):
        writers.append(writer)
        answers = {b"EHLO": b"250 slow", b"DATA": b"354 go on"}
        writer.write(b"220 slow\r\n")
        while line := await reader.readline():
            said.append(line[:4])
            await asyncio.sleep(0.15)
            writer.write(answers.get(line[:4], b"250 OK") + b"\r\n")

    server = await asyncio.start_server(dawdle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    begun = asyncio.get_running_loop().time()
    async with server, adapter(port, command_timeout=0.3, deadline=0.6) as smtp:
        with pytest.raises(MessageDeferred, match=r"^timeout$"):
            await smtp.send(message())
        for writer in writers:
            writer.close()
            await writer.wait_closed()
    assert asyncio.get_running_loop().time() - begun < 1
    assert said[:3] == [b"EHLO", b"MAIL", b"RCPT"]
    assert b"DATA" not in said


async def test_waiting_for_a_connection_counts(relay):
    """R29: F-7: an e-mail that finds every connection taken is tried again later, not longer."""
    relay.delay = 0.35
    async with adapter(relay.port, command_timeout=0.1, deadline=0.5) as smtp:
        sendings = (smtp.send(message(f"r{each}")) for each in range(4))
        ended = await asyncio.gather(*sendings, return_exceptions=True)
        await asyncio.sleep(0.4)
    taken = sum(isinstance(each, Acceptance) for each in ended)
    assert 1 <= taken == len(relay.messages) < 4


def test_a_deadline_holds_two_steps():
    """R29: F-7: times that contradict each other are refused."""
    with pytest.raises(ValueError, match="twice the time of one step"):
        settings(25, command_timeout=10, deadline=19)


async def test_greeting_with_5xx_defers():
    """R29: a relay that turns everyone away has refused no message."""

    async def turn_away(reader, writer):
        writer.write(b"554 5.7.1 go away\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(turn_away, "127.0.0.1", 0)
    async with server, adapter(server.sockets[0].getsockname()[1]) as smtp:
        with pytest.raises(MessageDeferred, match="554"):
            await smtp.send(message())


async def test_cancelled_message_does_not_disturb_the_next(relay):
    """R29: a worker that is stopped in the middle leaves no half-spoken connection behind."""
    relay.delay = 0.2
    async with adapter(relay.port) as smtp:
        sending = asyncio.create_task(smtp.send(message("r1")))
        await asyncio.sleep(0.1)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        relay.delay = 0
        assert (await smtp.send(message("r2"))).reference is not None


async def test_starttls(certificate):
    """R34: with STARTTLS everything after the greeting is encrypted."""
    ca_file, context = certificate
    async with (
        running(Relay(), tls_context=context) as relay,
        adapter(relay.port, security=SmtpSecurity.STARTTLS, ca_file=ca_file) as smtp,
    ):
        await smtp.send(message())
    assert relay.secured == [True]


async def test_starttls_is_demanded(relay):
    """R34: a relay that does not offer STARTTLS gets nothing, least of all in clear."""
    async with adapter(relay.port, security=SmtpSecurity.STARTTLS) as smtp:
        with pytest.raises(MessageDeferred, match="does not offer STARTTLS"):
            await smtp.send(message())
    assert relay.secured == []
    assert relay.messages == []


async def test_certificate_is_verified(certificate):
    """R34: a relay with a certificate of unknown origin gets nothing."""
    _, context = certificate
    async with running(Relay(), tls_context=context) as relay:
        async with adapter(relay.port, security=SmtpSecurity.STARTTLS) as smtp:
            with pytest.raises(MessageDeferred, match=r"^TLS failed$"):
                await smtp.send(message())
        assert relay.messages == []


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
async def test_tls_and_login(certificate):
    """R34: implicit TLS, and a login over it."""
    ca_file, context = certificate
    logins = []

    def authenticate(server, session, envelope, mechanism, data):
        logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"right", handled=False)

    options = {
        "wrap": context,
        "authenticator": authenticate,
        "auth_required": True,
        "auth_require_tls": False,
    }
    account = {"security": SmtpSecurity.TLS, "ca_file": ca_file, "username": "reassort"}
    async with running(Relay(), **options) as relay:
        async with adapter(relay.port, **account, password="right") as smtp:
            await smtp.send(message())
        async with adapter(relay.port, **account, password="CANARY") as smtp:
            with pytest.raises(MessageDeferred, match="535") as deferral:
                await smtp.send(message())
    assert logins[0] == (b"reassort", b"right")
    assert "CANARY" not in told_by(deferral.value)
    assert len(relay.messages) == 1


async def test_login_that_the_relay_does_not_know_defers(certificate):
    """R29: a relay without the login that the settings promise gets nothing."""
    ca_file, context = certificate
    account = {"security": SmtpSecurity.TLS, "ca_file": ca_file, "username": "reassort"}
    async with (
        running(Relay(), wrap=context, auth_exclude_mechanism=["LOGIN", "PLAIN"]) as relay,
        adapter(relay.port, **account, password="CANARY") as smtp,
    ):
        with pytest.raises(MessageDeferred, match=r"^SMTP session failed$"):
            await smtp.send(message())
    assert relay.messages == []


def test_settings_that_would_betray_the_login_are_refused():
    """R34: no login in clear; and the settings' repr does not show the password."""
    with pytest.raises(ValueError, match="unprotected"):
        settings(25, username="reassort", password="CANARY")
    assert "CANARY" not in repr(
        settings(25, security=SmtpSecurity.TLS, username="reassort", password="CANARY")
    )
    with pytest.raises(ValueError, match="at least 1"):
        settings(25, connections=0)


async def test_internationalised_address(relay):
    """R34: a local part beyond ASCII goes out with SMTPUTF8."""
    async with adapter(relay.port) as smtp:
        await smtp.send(message(to="élise@example.org"))
    [(_, recipients, options, content)] = relay.messages
    assert recipients == ["élise@example.org"]
    assert "SMTPUTF8" in options
    assert "To: élise@example.org".encode() in content


async def test_a_report_on_an_internationalised_address_can_come_back(relay):
    """R30: M6: the headers alone are asked for: Postfix drops a report that holds the whole e-mail
    where the bounce mailbox's server does not take SMTPUTF8."""
    relay.extensions += ["DSN"]
    async with adapter(relay.port) as smtp:
        await smtp.send(message(to="élise@example.org"))
    assert relay.dsn == [["RET=HDRS"], ["NOTIFY=FAILURE,DELAY"]]
    assert "SMTPUTF8" in relay.messages[0][2]


async def test_internationalised_address_and_an_old_relay():
    """R34: without SMTPUTF8 such an address is refused, with a reason that does not tell it."""
    async with running(Relay(), enable_SMTPUTF8=False) as relay, adapter(relay.port) as smtp:
        with pytest.raises(MessageRefused, match="SMTPUTF8") as refusal:
            await smtp.send(message(to="élise@example.org"))
        await smtp.send(message())
    assert "élise" not in refusal.value.reason
    assert len(relay.messages) == 1


async def test_unwritable_address_is_refused_before_the_relay_is_asked():
    """R25: an address that could carry a second recipient is refused at once."""
    async with adapter(1) as smtp:
        with pytest.raises(MessageRefused, match=r"^malformed address$"):
            await smtp.send(message(to="x@example.org\r\nRCPT TO:<y@example.org>"))


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("250 2.0.0 Ok: queued as 4XyZ12", "4XyZ12"),
        ("250 OK id=1rAbCd-0001Xy-2B", "1rAbCd-0001Xy-2B"),
        ("250 OK", None),
    ],
)
async def test_queue_id(relay, answer, reference):
    """R30, R45: the relay's own name for the message is kept, when it gives one."""
    relay.answers["DATA"] = [answer]
    async with adapter(relay.port) as smtp:
        assert (await smtp.send(message())).reference == reference


async def test_closes_what_it_opened(relay):
    """R29: after `aclose` no connection is left open."""
    smtp = SmtpEmail(RENDERER, settings(relay.port))
    await smtp.send(message())
    await smtp.aclose()
    await asyncio.sleep(0.02)
    assert all(transport.is_closing() for transport in relay.transports)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("5.1.1 <camille.martin@example.org>: unknown", "5.1.1 unknown"),
        ("CAMILLE.MARTIN not here", "not here"),
        ("Mr. Martin's mailbox is full", "Mr. mailbox is full"),
        ("bounces+camille.martin=example.org@relay.test said no", "said no"),
        ("blocked\nsee https://relay.test/why", "blocked see https://relay.test/why"),
        ("x" * 500, "x" * 120),
    ],
)
def test_scrubbing(text, kept):
    """R42: a reason keeps the relay's words less those that tell the address or its names."""
    assert scrubbed(text, VOTER) == kept


class TestTried:
    """`check`: whether the relay would take an e-mail now."""

    async def test_a_relay_that_answers(self, relay):
        """R51: connected, and nothing handed over; the connection is kept for the first e-mail."""
        async with adapter(relay.port) as smtp:
            await smtp.check()
            assert relay.messages == []
            await smtp.send(message())
        assert len(relay.transports) == 1

    @pytest.mark.parametrize("utf8", [True, False])
    @pytest.mark.parametrize("extensions", [["DSN"], []])
    async def test_what_it_lacks(self, extensions, utf8):
        """M6: what no e-mail by this relay can have is said, each with what follows; a second
        question finds the same on the connection that was kept."""
        async with running(Relay(), enable_SMTPUTF8=utf8) as relay:
            relay.extensions = extensions
            async with adapter(relay.port) as smtp:
                found = await smtp.lacking()
                assert await smtp.lacking() == found
        assert any("DSN" in each for each in found) == (not extensions)
        assert any("SMTPUTF8" in each for each in found) == (not utf8)
        assert len(found) == 2 - bool(extensions) - utf8

    async def test_nobody_there(self):
        """R51: said in a few words, and nothing of the library's is kept behind them."""
        async with running(Relay()) as gone:
            pass
        async with adapter(gone.port) as smtp:
            with pytest.raises(MessageDeferred, match=r"^no connection$") as raised:
                await smtp.check()
        assert raised.value.__context__ is None

    async def test_a_login_that_is_refused(self):
        """R51: what only an e-mail would have found out."""
        authority = trustme.CA()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(context)
        options = {"tls_context": context, "require_starttls": True, "auth_required": True}

        def refuse(*_):
            return AuthResult(success=False, handled=False)

        async with running(Relay(), authenticator=refuse, **options) as relay:
            with authority.cert_pem.tempfile() as ca_file:
                changes = {"security": SmtpSecurity.STARTTLS, "ca_file": ca_file}
                login = {"username": "u", "password": "p", "host": "localhost"}
                async with adapter(relay.port, **changes, **login) as smtp:
                    with pytest.raises(MessageDeferred, match=r"^535 "):
                        await smtp.check()
