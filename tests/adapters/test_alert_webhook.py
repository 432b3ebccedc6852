"""R53: the operators' webhook: signed as Standard Webhooks has it; taken only by 2xx."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import httpx
import pytest
import respx

from adapters.alert_webhook import HttpAlertWebhook, signed
from adapters.connections.guarded_http import GuardSettings
from adapters.connections.http import http_client
from adapters.trial import SetClock
from core.errors import MessageDeferred
from graphql_api.settings import read_webhook_secrets

URL = "https://oncall.example.org/alerts"
OLD, NEW = b"o" * 24, b"n" * 32
PAYLOAD = {"type": "alert.raised", "data": {"text": "été"}}
NOW = datetime(2027, 5, 3, 12, 0, 0, 500000, tzinfo=UTC)


@pytest.fixture
async def webhook():
    client = http_client()
    guard = GuardSettings(deadline=0.2)
    yield HttpAlertWebhook(URL, [NEW, OLD], client, SetClock(NOW), guard)
    await client.aclose()


def test_the_published_vector():
    """R53: the one that implementations of the specification are held to."""
    secrets = read_webhook_secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    value = signed(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert value == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@respx.mock
async def test_every_secret_signs_what_is_sent(webhook):
    """R53: both verify, the new one and the old one; the body is signed as it goes."""
    route = respx.post(URL).respond(204)
    await webhook.send("a1-1-raised-webhook", PAYLOAD)
    request = route.calls.last.request
    assert json.loads(request.content) == PAYLOAD
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "a1-1-raised-webhook"
    assert request.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    content = f"a1-1-raised-webhook.{int(NOW.timestamp())}.".encode() + request.content
    expected = [
        "v1," + base64.b64encode(hmac.new(each, content, hashlib.sha256).digest()).decode()
        for each in (NEW, OLD)
    ]
    assert request.headers["webhook-signature"].split(" ") == expected


@pytest.mark.parametrize("status", [300, 302, 400, 401, 404, 410, 429, 500, 502, 503])
@respx.mock
async def test_what_is_no_success_comes_again(webhook, status):
    """R53: redirects are not followed."""
    respx.post(URL).respond(status, headers={"location": "https://other.example.org/"})
    with pytest.raises(MessageDeferred, match=str(status)):
        await webhook.send("n1", PAYLOAD)


@pytest.mark.parametrize("fault", [httpx.ConnectError("x"), httpx.ReadTimeout("x")])
@respx.mock
async def test_nobody_answers(webhook, fault):
    """R53: the text says which fault, and nothing that was sent."""
    respx.post(URL).mock(side_effect=fault)
    with pytest.raises(MessageDeferred, match=type(fault).__name__):
        await webhook.send("n1", PAYLOAD)


@respx.mock
async def test_an_answer_without_end_is_cut_off(webhook):
    respx.post(URL).respond(200, content=b"x" * 100_000)
    with pytest.raises(MessageDeferred, match="too large"):
        await webhook.send("n1", PAYLOAD)


@respx.mock
async def test_after_failures_it_is_left_alone(webhook):
    """R53: for a while nothing is sent: no storm on what is down."""
    route = respx.post(URL).respond(500)
    for _ in range(30):
        with pytest.raises(MessageDeferred):
            await webhook.send("n1", PAYLOAD)
    assert len(route.calls) < 30


@pytest.mark.parametrize("url", ["http://oncall.example.org/", "https://u:p@oncall.example.org/"])
async def test_an_address_that_is_not_used(url):
    """R53: in clear, or with credentials."""
    async with http_client() as client:
        with pytest.raises(ValueError, match="URL"):
            HttpAlertWebhook(url, [NEW], client, SetClock(NOW))


async def test_without_a_secret_there_is_no_webhook():
    async with http_client() as client:
        with pytest.raises(ValueError, match="secret"):
            HttpAlertWebhook(URL, [], client, SetClock(NOW))
