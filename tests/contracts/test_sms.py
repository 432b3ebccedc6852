"""What every implementation of `core.ports.sms.Sms` does, whatever carries it."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.connections.http import http_client
from adapters.inbox import Inbox
from adapters.sms.gsm0338 import SEPTETS, foreign, septets
from adapters.sms.inbox import InboxSms
from adapters.sms.kannel import KannelSettings, KannelSms
from adapters.sms.ovh import OvhSettings, OvhSms
from adapters.sms.senders import SenderIds
from adapters.sms.smpp.settings import SmppSettings
from adapters.sms.smpp.sms import SmppSms
from adapters.sms.text import SmsText
from adapters.sms.vonage import VonageSettings, VonageSms
from adapters.trial import SeededRandomness
from core.errors import MessageDeferred, MessageRefused
from core.locale import Locale
from core.messages import Acceptance, PasswordSms
from core.password_issuer import Password
from core.ports.sms import Sms
from core.receipts import Receipt
from core.voter import PhoneNumber
from tests.servers.smsc import RINVDSTADR, RTHROTTLED, Smsc
from tests.tracebacks import told_by

NOW = datetime(2027, 3, 12, 13, 5, tzinfo=UTC)
PASSWORD = "CANARY234567"
SENDERS = SenderIds("VOTE", {"+33": "VoteFrance"})


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class Request:
    """One HTTP request as the gateway got it."""

    line: str
    headers: dict[str, str]
    body: str


@dataclass
class Gateway:
    """A small HTTP server on the loopback address; `answers` are given before the usual one."""

    usual: Callable[[Request], tuple[int, str]]
    requests: list[Request] = field(default_factory=list)
    answers: list[tuple[int, str]] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        named = {line.split(": ", 1)[0]: line.split(": ", 1)[1] for line in head[1:] if line}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        request = Request(head[0], named, body.decode())
        status, text = self._answer(request)
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n".encode())
        writer.write(f"Connection: close\r\n\r\n{text}".encode())
        await writer.drain()
        writer.close()

    def _answer(self, request: Request) -> tuple[int, str]:
        if request.line.startswith("POST"):
            self.requests.append(request)
            if self.answers:
                return self.answers.pop(0)
        return self.usual(request)


@dataclass
class Setup:
    """One implementation, and what its gateway makes of it."""

    sms: Sms
    received: Callable[[], list[tuple[str, str]]]
    """Number and text of each SMS, in order."""
    gateway: Gateway | None = None
    senders: Callable[[], list[str]] | None = None
    smsc: Smsc | None = None
    refusal: tuple[int, str] = (0, "")
    """The answer that refuses; of an SMSC, the status alone."""
    deferral: tuple[int, str] = (0, "")
    go_away: Callable[[], Awaitable[None]] | None = None


@asynccontextmanager
async def by_inbox():
    inbox = Inbox()

    def received() -> list[tuple[str, str]]:
        return [(sms["to"], sms["text"]) for sms in reversed(inbox.contents()["sms"])]

    yield Setup(InboxSms(SmsText(12), inbox, StoppedClock()), received)


@asynccontextmanager
async def listening(gateway: Gateway):
    server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0)
    gateway.port = server.sockets[0].getsockname()[1]

    async def go_away():
        server.close()
        await server.wait_closed()

    async with server, http_client() as client:
        yield client, go_away


@asynccontextmanager
async def by_kannel():
    gateway = Gateway(lambda request: (202, "0: Accepted for delivery"))
    async with listening(gateway) as (client, go_away):
        url = f"http://127.0.0.1:{gateway.port}/cgi-bin/sendsms"
        settings = KannelSettings(url, "reassort", "CANARYKEY")
        yield Setup(
            KannelSms(settings, SmsText(12), SENDERS, client),
            lambda: [(each.headers["X-Kannel-To"], each.body) for each in gateway.requests],
            gateway,
            lambda: [each.headers["X-Kannel-From"] for each in gateway.requests],
            refusal=(403, "Not routable. Do not try again."),
            deferral=(503, "Temporal failure, try again later."),
            go_away=go_away,
        )


@asynccontextmanager
async def by_ovh():
    def usual(request: Request) -> tuple[int, str]:
        if request.line.startswith("GET /1.0/auth/time "):
            return 200, str(int(NOW.timestamp()))
        return 200, json.dumps({"ids": [26929925], "invalidReceivers": []})

    gateway = Gateway(usual)
    async with listening(gateway) as (client, go_away):
        url = f"http://127.0.0.1:{gateway.port}/1.0"
        settings = OvhSettings("sms-ab12345-1", "app", "CANARYKEY", "CANARYKEY", url=url)

        def jobs() -> list[dict]:
            return [json.loads(each.body) for each in gateway.requests]

        yield Setup(
            OvhSms(settings, SmsText(12), SENDERS, client, StoppedClock()),
            lambda: [(job["receivers"][0], job["message"]) for job in jobs()],
            gateway,
            lambda: [job["sender"] for job in jobs()],
            refusal=(200, json.dumps({"ids": [], "invalidReceivers": ["+33639980001"]})),
            deferral=(429, json.dumps({"message": "slow down, +33639980001"})),
            go_away=go_away,
        )


@cache
def vonage_settings() -> VonageSettings:
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return VonageSettings("aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab", pem)


@asynccontextmanager
async def by_vonage():
    gateway = Gateway(lambda request: (202, json.dumps({"message_uuid": "bbbb"})))
    async with listening(gateway) as (client, go_away):
        settings = replace(vonage_settings(), url=f"http://127.0.0.1:{gateway.port}")
        adapter = VonageSms(
            settings, SmsText(12), SENDERS, client, StoppedClock(), SeededRandomness()
        )

        def said() -> list[dict]:
            return [json.loads(each.body) for each in gateway.requests]

        yield Setup(
            adapter,
            lambda: [(f"+{each['to']}", each["text"]) for each in said()],
            gateway,
            lambda: [each["from"] for each in said()],
            refusal=(422, json.dumps({"title": "1430", "detail": "CANARY +33639980001"})),
            deferral=(429, json.dumps({"title": "1000", "detail": "CANARY +33639980001"})),
            go_away=go_away,
        )


@asynccontextmanager
async def by_smpp():
    async def take(receipt: Receipt) -> None:
        """Receipts are no matter of this suite."""

    smsc = Smsc()
    await smsc.start()
    settings = SmppSettings(
        "127.0.0.1", "reassort", "CANARYKEY", smsc.port, first_wait=0.02, longest_wait=0.02
    )
    adapter = SmppSms(settings, SmsText(12), SENDERS, StoppedClock(), take)
    yield Setup(
        adapter,
        lambda: [(f"+{each.destination[2]}", each.text) for each in smsc.submitted],
        smsc=smsc,
        senders=lambda: [each.source[2] for each in smsc.submitted],
        refusal=(RINVDSTADR, ""),
        deferral=(RTHROTTLED, ""),
        go_away=smsc.stop,
    )
    await adapter.aclose()
    await smsc.stop()


@pytest.fixture(
    params=[by_inbox, by_kannel, by_ovh, by_vonage, by_smpp],
    ids=["inbox", "kannel", "ovh", "vonage", "smpp"],
)
async def setup(request):
    async with request.param() as setup:
        yield setup


with_a_gateway = pytest.mark.parametrize(
    "setup",
    [by_kannel, by_ovh, by_vonage, by_smpp],
    ids=["kannel", "ovh", "vonage", "smpp"],
    indirect=True,
)
"""Only where something stands behind the adapter that can say no or go away."""
by_http = pytest.mark.parametrize(
    "setup", [by_kannel, by_ovh, by_vonage], ids=["kannel", "ovh", "vonage"], indirect=True
)


def sms(locale=Locale.FR, to="+33639980001", id="r1.password") -> PasswordSms:
    return PasswordSms(id, PhoneNumber(to), locale, Password(PASSWORD), NOW)


def _next_answer(setup: Setup, answer: tuple[int, str]) -> None:
    if setup.smsc is not None:
        setup.smsc.statuses.append(answer[0])
        return
    assert setup.gateway is not None
    setup.gateway.answers.append(answer)


async def test_accepts_with_a_route(setup):
    """R29, R31: an SMS taken over comes back with the route that took it."""
    accepted = await setup.sms.send(sms())
    assert isinstance(accepted, Acceptance)
    assert accepted.route
    assert len(setup.received()) == 1


async def test_goes_to_the_number_on_file_alone(setup):
    """R28: one receiver, in E.164, the message's."""
    await setup.sms.send(sms(to="+33639980002"))
    assert [number for number, _ in setup.received()] == ["+33639980002"]


@pytest.mark.parametrize("locale", list(Locale))
async def test_the_same_text_by_every_way(setup, locale):
    """R46: the gateway gets the text as it was written, in the request's locale."""
    await setup.sms.send(sms(locale))
    [(_, text)] = setup.received()
    assert text == SmsText(12).write(sms(locale))
    assert PASSWORD in text.split("\n")


@pytest.mark.parametrize("locale", list(Locale))
async def test_one_segment_without_a_url(setup, locale):
    """R33: GSM 03.38 only, one segment, nothing to tap on."""
    await setup.sms.send(sms(locale))
    [(_, text)] = setup.received()
    assert foreign(text) == []
    assert septets(text) <= SEPTETS
    assert not re.search(r"://|www\.|\.[a-z]", text)


async def test_says_when_it_was_issued(setup):
    """R19: the moment of issue in Paris time, not that of sending."""
    await setup.sms.send(sms())
    [(_, text)] = setup.received()
    assert "12 mars 2027 à 14 h 05" in text


async def test_nothing_but_the_password(setup):
    """R9: no identifier, no number and no address in the text."""
    await setup.sms.send(sms())
    [(_, text)] = setup.received()
    assert "identifiant" not in text.lower()
    assert "39980001" not in text
    assert "@" not in text


async def test_same_id_twice_is_the_same_text(setup):
    """R20: a retry carries the same words and the same password."""
    await setup.sms.send(sms())
    await setup.sms.send(sms())
    first, again = setup.received()
    assert first == again


@with_a_gateway
async def test_sender_of_the_country(setup):
    """R33: the sender is that of the number's prefix."""
    assert setup.senders is not None
    await setup.sms.send(sms())
    await setup.sms.send(sms(to="+3225550100"))
    assert setup.senders() == ["VoteFrance", "VOTE"]


@with_a_gateway
async def test_refusal(setup):
    """R29: what the gateway will never take is refused, in words without personal data."""
    _next_answer(setup, setup.refusal)
    with pytest.raises(MessageRefused) as refusal:
        await setup.sms.send(sms())
    told = told_by(refusal.value) + refusal.value.reason
    assert "39980001" not in told
    assert "CANARY" not in told


@with_a_gateway
async def test_deferral(setup):
    """R29: what the gateway may take later is deferred; the same SMS then goes through."""
    _next_answer(setup, setup.deferral)
    with pytest.raises(MessageDeferred) as deferral:
        await setup.sms.send(sms())
    told = told_by(deferral.value)
    assert "39980001" not in told
    assert "CANARY" not in told
    assert (await setup.sms.send(sms())).route


@by_http
@pytest.mark.parametrize("answer", [(500, ""), (502, "<html>"), (504, ""), (404, "?"), (302, "")])
async def test_gateway_in_trouble_defers(setup, answer):
    """R29: whatever a broken gateway or a proxy says, the SMS is not lost."""
    _next_answer(setup, answer)
    with pytest.raises(MessageDeferred):
        await setup.sms.send(sms())


@with_a_gateway
async def test_gateway_gone_defers(setup):
    """R29: an outage defers."""
    await setup.go_away()
    with pytest.raises(MessageDeferred) as deferral:
        await setup.sms.send(sms())
    assert "CANARY" not in told_by(deferral.value)


async def test_no_secret_in_the_logs_or_the_url(setup, caplog):
    """R20, R42: at the most talkative level, no log tells password, credentials or number."""
    caplog.set_level(logging.DEBUG)
    await setup.sms.send(sms())
    for secret in ("CANARY", "39980001"):
        assert secret not in caplog.text
        if setup.gateway is not None:
            assert secret not in setup.gateway.requests[0].line
