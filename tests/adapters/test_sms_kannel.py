"""KannelSms: requests and answers as smsbox 1.4 makes them."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
import respx

from adapters.connections.http import HttpSettings, http_client, plain_url
from adapters.sms.kannel import KannelSettings, KannelSms
from adapters.sms.senders import SenderIds
from adapters.sms.text import SmsText
from core.errors import MessageDeferred, MessageRefused
from core.locale import Locale
from core.messages import Acceptance, PasswordSms
from core.password_issuer import Password
from core.voter import PhoneNumber
from tests.tracebacks import told_by

URL = "http://kannel.example.org:13013/cgi-bin/sendsms"
SETTINGS = KannelSettings(
    url=URL,
    username="reassort",
    password="CANARYKEY",
    smsc="operateur1",
    dlr_url="https://vote.example.org/receipts/kannel?id={id}&status=%d&answer=%A",
    validity_minutes=360,
)
SMS = PasswordSms(
    "r1.password",
    PhoneNumber("+33639980001"),
    Locale.FR,
    Password("CANARY234567"),
    datetime(2027, 3, 12, 13, 5, tzinfo=UTC),
)


@pytest.fixture
async def client():
    async with http_client() as client:
        yield client


@pytest.fixture
def gateway():
    with respx.mock(assert_all_called=False) as router:
        yield router.post(URL)


def kannel(client, **changes) -> KannelSms:
    senders = SenderIds("VOTE", {"+33": "VoteFrance"})
    return KannelSms(replace(SETTINGS, **changes), SmsText(12), senders, client)


async def test_request(client, gateway):
    """R33: text in the body, the rest in Kannel's headers, reports asked for under the id."""
    gateway.respond(202, text="0: Accepted for delivery")
    assert await kannel(client).send(SMS) == Acceptance("kannel")
    request = gateway.calls.last.request
    assert request.content.decode() == SmsText(12).write(SMS)
    wanted = {
        "Content-Type": "text/plain; charset=UTF-8",
        "X-Kannel-Username": "reassort",
        "X-Kannel-Password": "CANARYKEY",
        "X-Kannel-From": "VoteFrance",
        "X-Kannel-To": "+33639980001",
        "X-Kannel-Coding": "0",
        "X-Kannel-SMSC": "operateur1",
        "X-Kannel-Validity": "360",
        "X-Kannel-DLR-Mask": "19",
        "X-Kannel-DLR-Url": "https://vote.example.org/receipts/kannel"
        "?id=r1.password&status=%d&answer=%A",
    }
    assert {name: request.headers[name] for name in wanted} == wanted


async def test_optional_headers_are_left_out(client, gateway):
    """R30: without a report address no report is asked for."""
    gateway.respond(202, text="0: Accepted for delivery")
    await kannel(client, smsc=None, dlr_url=None, validity_minutes=None).send(SMS)
    sent = gateway.calls.last.request.headers
    for name in ("SMSC", "Validity", "DLR-Mask", "DLR-Url"):
        assert f"X-Kannel-{name}" not in sent


@pytest.mark.parametrize(
    "body", ["0: Accepted for delivery", "3: Queued for later delivery", "Sent."]
)
async def test_202_accepts(client, gateway, body):
    """R29: taken over, now or later, or by a smsbox that answers at once."""
    gateway.respond(202, text=body)
    assert (await kannel(client, route="kannel-fr").send(SMS)).route == "kannel-fr"


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (403, "Not routable. Do not try again.", "kannel: 403 not routable"),
        (
            400,
            "Number(s) has/have been denied by white- and/or black-lists.",
            "kannel: 400 number denied by the gateway's lists",
        ),
        (400, "Charset or body misformed, rejected", "kannel: 400 text refused"),
    ],
)
async def test_answers_about_the_message_refuse(client, gateway, status, body, reason):
    """R29, R31: a number that cannot be reached this way is failed, for another route to try."""
    gateway.respond(status, text=body)
    with pytest.raises(MessageRefused) as refusal:
        await kannel(client).send(SMS)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, "Authorization failed for sendsms"),
        (400, "Sender missing and no global set, rejected"),
        (404, "Unknown request."),
        (500, "Sending failed. +33639980001"),
        (503, "Temporal failure, try again later."),
        (200, "a proxy's page"),
        (302, ""),
    ],
)
async def test_answers_about_the_gateway_defer(client, gateway, status, body):
    """R29: wrong settings or a gateway in trouble are not the message's fault."""
    gateway.respond(status, text=body)
    with pytest.raises(MessageDeferred, match=f"^kannel: {status}$"):
        await kannel(client).send(SMS)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (httpx.ConnectTimeout, "kannel: timeout"),
        (httpx.ReadTimeout, "kannel: timeout"),
        (httpx.ConnectError, "kannel: no connection"),
        (httpx.RemoteProtocolError, "kannel: no connection"),
    ],
)
async def test_no_answer_defers(client, gateway, error, told):
    """R29: no connection or no answer in time: tried again."""
    gateway.mock(side_effect=error("with CANARYKEY and +33639980001"))
    with pytest.raises(MessageDeferred) as deferral:
        await kannel(client).send(SMS)
    assert str(deferral.value) == told


async def test_secrets_are_in_no_log_and_no_exception(client, gateway, caplog):
    """R20, R42: password, credentials and number stay out of httpx's logs and our exceptions."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "httpx")
    gateway.respond(202, text="0: Accepted for delivery")
    await kannel(client).send(SMS)
    gateway.respond(500, text="Sending failed. +33639980001")
    with pytest.raises(MessageDeferred) as deferral:
        await kannel(client).send(SMS)
    told = caplog.text + told_by(deferral.value) + repr(SETTINGS)
    assert "HTTP Request: POST" in caplog.text
    for secret in ("CANARY234567", "CANARYKEY", "39980001"):
        assert secret not in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://user:CANARYKEY@kannel.example.org/"},
        {"url": "http://kannel.example.org/?password=CANARYKEY"},
        {"url": "kannel.example.org"},
        {"url": "ftp://kannel.example.org"},
        {"password": ""},
        {"password": "CANARY KEY"},
        {"password": "clé"},
        {"username": "a\r\nX: y"},
    ],
)
def test_settings_that_would_leak_or_break_are_refused(wrong):
    """R42: no credentials in the URL, which httpx logs; nothing that a header cannot carry."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        replace(SETTINGS, **wrong)
    assert "CANARY" not in str(refusal.value)


async def test_client_has_limits_and_follows_nobody():
    """R29: every HTTP call ends in time, goes where the settings say and nowhere else."""
    async with http_client(HttpSettings(read_timeout=3)) as client:
        assert client.timeout == httpx.Timeout(connect=5, read=3, write=10, pool=5)
        assert client.follow_redirects is False
        assert client.trust_env is False


def test_plain_url_has_no_closing_slash():
    """R42: addresses are joined with one slash."""
    assert plain_url("https://eu.api.ovh.com/1.0/") == "https://eu.api.ovh.com/1.0"
