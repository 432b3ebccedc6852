"""VonageSms: requests and answers as the Messages API makes them."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from uuid import UUID

import httpx
import jwt
import pytest
import respx
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.connections.http import http_client
from adapters.sms.senders import SenderIds
from adapters.sms.text import SmsText
from adapters.sms.vonage import VonageSettings, VonageSms
from adapters.sms.vonage_errors import error_code, names
from adapters.trial import SeededRandomness, SetClock
from core.errors import MessageDeferred, MessageRefused
from core.locale import Locale
from core.messages import Acceptance, PasswordSms
from core.password_issuer import Password
from core.voter import PhoneNumber
from tests.tracebacks import told_by

NOW = datetime(2027, 3, 12, 13, 5, tzinfo=UTC)
APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
URL = "https://api-eu.nexmo.com/v1/messages"
MESSAGE_UUID = "bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab"
SMS = PasswordSms(
    "r1.password.1", PhoneNumber("+33639980001"), Locale.FR, Password("CANARY234567"), NOW
)
ERRORS = "https://developer.vonage.com/api-errors"


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(of=None) -> str:
    private = of or key()
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def settings(**changes) -> VonageSettings:
    return replace(VonageSettings(APPLICATION, pem()), **changes)


@pytest.fixture
async def client():
    async with http_client() as client:
        yield client


@pytest.fixture
def gateway():
    with respx.mock(assert_all_called=False) as router:
        yield router.post(URL)


def vonage(client, senders=None, **changes) -> VonageSms:
    senders = senders or SenderIds("VOTE", {"+1": "+15550100"})
    clock, randomness = SetClock(NOW), SeededRandomness()
    return VonageSms(settings(**changes), SmsText(12), senders, client, clock, randomness)


def accepts(gateway):
    gateway.respond(202, json={"message_uuid": MESSAGE_UUID})


def sent(gateway):
    return json.loads(gateway.calls.last.request.content)


async def test_request(client, gateway):
    """R30, R33: GSM text, our attempt's id for the receipts, and a validity."""
    accepts(gateway)
    accepted = await vonage(client, validity_minutes=30, route="vonage-eu").send(SMS)
    assert accepted == Acceptance("vonage-eu", MESSAGE_UUID)
    assert sent(gateway) == {
        "message_type": "text",
        "channel": "sms",
        "to": "33639980001",
        "from": "VOTE",
        "text": SmsText(12).write(SMS),
        "client_ref": "r1.password.1",
        "ttl": 1800,
        "sms": {"encoding_type": "text"},
        "webhook_version": "v1",
    }


async def test_a_number_as_sender_goes_without_its_plus(client, gateway):
    """R33: as the API wants it; the sender is that of the number's prefix."""
    accepts(gateway)
    await vonage(client).send(replace(SMS, to=PhoneNumber("+15550111")))
    assert (sent(gateway)["to"], sent(gateway)["from"]) == ("15550111", "15550100")


async def test_each_request_has_a_token_of_its_own(client, gateway):
    """R42: signed with the application's key, good for five minutes, never twice the same."""
    accepts(gateway)
    sms = vonage(client)
    ids = set()
    for _ in range(2):
        await sms.send(SMS)
        scheme, token = gateway.calls.last.request.headers["Authorization"].split()
        untimed = {"verify_exp": False, "verify_iat": False}
        claims = jwt.decode(token, key().public_key(), algorithms=["RS256"], options=untimed)
        assert scheme == "Bearer"
        assert claims["application_id"] == APPLICATION
        assert claims["iat"] == int(NOW.timestamp())
        assert claims["exp"] - claims["iat"] == 300
        ids.add(UUID(claims["jti"]))
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (422, {"type": f"{ERRORS}/messages#1430"}, "vonage: 422 1430 number invalid"),
        (422, {"title": "1050"}, "vonage: 422 1050 number barred"),
        (422, {"type": f"{ERRORS}/messages#1120"}, "vonage: 422 1120 sender ID refused"),
        (422, {"invalid_parameters": [{"name": "from"}, "to"]}, "vonage: 422 sender ID refused"),
        (403, {"type": f"{ERRORS}/messages#1470"}, "vonage: 403 1470 prefix blocked by Fraud"),
        (
            422,
            {
                "type": f"{ERRORS}/messages#1150",
                "invalid_parameters": [{"name": "to", "reason": "+33639980001"}],
            },
            "vonage: 422 number invalid",
        ),
    ],
)
async def test_answers_about_the_number_refuse(client, gateway, status, said, reason):
    """R29, R31: a number or sender ID that cannot pass is failed, for another route (S6)."""
    gateway.respond(status, json=said)
    with pytest.raises(MessageRefused) as refusal:
        await vonage(client).send(SMS)
    assert refusal.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("status", "said", "told"),
    [
        (401, {"type": f"{ERRORS}#unauthorized", "title": "Unauthorized"}, "vonage: 401"),
        (402, {"type": f"{ERRORS}#low-balance", "detail": "+33639980001"}, "vonage: 402"),
        (429, {"type": f"{ERRORS}/messages#1000"}, "vonage: 429 1000 throttled"),
        (422, {"type": f"{ERRORS}/messages#1020"}, "vonage: 422 1020 parameters refused"),
        (422, {"invalid_parameters": [{"name": "text"}, "to"]}, "vonage: 422"),
        (422, {"invalid_parameters": {"name": "to"}}, "vonage: 422"),
        (500, {"type": f"{ERRORS}/messages#1430"}, "vonage: 500 1430 number invalid"),
        (404, ["?"], "vonage: 404"),
        (200, {"message_uuid": MESSAGE_UUID}, "vonage: 200"),
        (202, {}, "vonage: 202"),
        (202, {"message_uuid": None}, "vonage: 202"),
    ],
)
async def test_answers_about_account_and_load_defer(client, gateway, status, said, told):
    """R29: credentials, credit, settings and load are not the message's fault."""
    gateway.respond(status, json=said)
    with pytest.raises(MessageDeferred) as deferral:
        await vonage(client).send(SMS)
    assert str(deferral.value) == told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (httpx.ReadTimeout, "vonage: timeout"),
        (httpx.ConnectError, "vonage: no connection"),
        (httpx.RemoteProtocolError, "vonage: no connection"),
    ],
)
async def test_no_answer_defers(client, gateway, error, told):
    """R29: no connection or no answer in time: tried again."""
    gateway.mock(side_effect=error("with CANARYKEY and +33639980001"))
    with pytest.raises(MessageDeferred) as deferral:
        await vonage(client).send(SMS)
    assert str(deferral.value) == told


@pytest.mark.parametrize(("status", "body"), [(202, "<html>"), (502, "<html>")])
async def test_a_proxys_page_defers(client, gateway, status, body):
    """R29: what is no JSON was not said by Vonage."""
    gateway.respond(status, text=body)
    with pytest.raises(MessageDeferred, match="unreadable"):
        await vonage(client).send(SMS)


async def test_an_empty_answer_defers(client, gateway):
    """R29: nothing was confirmed."""
    gateway.respond(204)
    with pytest.raises(MessageDeferred, match=r"^vonage: 204$"):
        await vonage(client).send(SMS)


async def test_secrets_are_in_no_log_and_no_exception(client, gateway, caplog):
    """R20, R42: password, key, token and number stay out of logs and of our exceptions."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "httpx")
    accepts(gateway)
    sms = vonage(client)
    await sms.send(SMS)
    token = gateway.calls.last.request.headers["Authorization"].split()[1]
    gateway.respond(500, json={"title": "1030", "detail": "+33639980001"})
    with pytest.raises(MessageDeferred) as deferral:
        await sms.send(SMS)
    told = caplog.text + told_by(deferral.value) + repr(settings())
    assert "HTTP Request: POST" in caplog.text
    for secret in ("CANARY234567", "39980001", token, pem().split("\n")[1]):
        assert secret not in told


@pytest.mark.parametrize(
    "wrong",
    [
        {"private_key": "CANARY"},
        {"private_key": "-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\n"},
        {"private_key": pem(ec.generate_private_key(ec.SECP256R1()))},
        {"private_key": pem(rsa.generate_private_key(65537, 1024))},
        {"application_id": "CANARY"},
        {"url": "https://user:CANARY@api-eu.nexmo.com"},
        {"validity_minutes": 0},
        {"validity_minutes": 10081},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_settings_that_cannot_be_are_refused(wrong):
    """R42: at the start, in words without the value."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        settings(**wrong)
    assert "CANARY" not in str(refusal.value)
    assert "BEGIN" not in str(refusal.value)


@pytest.mark.parametrize("problem", [None, [], "x", {}, {"type": 5}, {"error": "x"}])
def test_what_is_no_problem_has_no_code(problem):
    """R29: an answer in another shape is read as one that says nothing."""
    assert error_code(problem) is None
    assert not names("to", problem)
