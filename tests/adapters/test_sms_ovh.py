"""OvhSms: signed requests, and what the answers mean."""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, datetime

import httpx
import pytest
import respx

from adapters.connections.http import http_client
from adapters.sms.ovh import EUROPE, OvhSettings, OvhSms
from adapters.sms.senders import SenderIds
from adapters.sms.text import SmsText
from core.errors import MessageDeferred, MessageRefused
from core.locale import Locale
from core.messages import Acceptance, PasswordSms
from core.password_issuer import Password
from core.voter import PhoneNumber
from tests.tracebacks import told_by

NOW = datetime(2027, 3, 12, 13, 5, tzinfo=UTC)
THEIR_TIME = int(NOW.timestamp()) + 42
JOBS = f"{EUROPE}/sms/sms-ab12345-1/jobs"
SENT = {
    "ids": [26929925],
    "invalidReceivers": [],
    "validReceivers": ["+33639980001"],
    "totalCreditsRemoved": 1,
}
SMS = PasswordSms(
    "r1.password", PhoneNumber("+33639980001"), Locale.FR, Password("CANARY234567"), NOW
)


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
async def ovh():
    settings = OvhSettings("sms-ab12345-1", "app-key", "CANARYSECRET", "CANARYCONSUMER")
    async with http_client() as client:
        yield OvhSms(settings, SmsText(12), SenderIds("VoteFrance"), client, StoppedClock())


@pytest.fixture
def api():
    with respx.mock(assert_all_called=False) as router:
        router.get(f"{EUROPE}/auth/time", name="time").respond(200, text=str(THEIR_TIME))
        router.post(JOBS, name="jobs").respond(200, json=SENT)
        yield router


async def test_request(ovh, api):
    """R33: seven bits, no advertising clause, one receiver, the sender of the country."""
    assert await ovh.send(SMS) == Acceptance("ovh", "26929925")
    assert json.loads(api["jobs"].calls.last.request.content) == {
        "charset": "UTF-8",
        "class": "phoneDisplay",
        "coding": "7bit",
        "message": SmsText(12).write(SMS),
        "noStopClause": True,
        "priority": "high",
        "receivers": ["+33639980001"],
        "sender": "VoteFrance",
        "validityPeriod": 360,
    }


async def test_signature(ovh, api):
    """R40: signed as OVHcloud wants it, with the time of OVHcloud's clock."""
    await ovh.send(SMS)
    request = api["jobs"].calls.last.request
    signed = f"CANARYSECRET+CANARYCONSUMER+POST+{JOBS}+{request.content.decode()}+{THEIR_TIME}"
    assert request.headers["X-Ovh-Signature"] == f"$1${hashlib.sha1(signed.encode()).hexdigest()}"
    assert request.headers["X-Ovh-Timestamp"] == str(THEIR_TIME)
    assert request.headers["X-Ovh-Application"] == "app-key"
    assert request.headers["X-Ovh-Consumer"] == "CANARYCONSUMER"


async def test_their_clock_is_asked_once(ovh, api):
    """R29: the difference of the clocks is kept, and asked for anew after a failure."""
    await ovh.send(SMS)
    await ovh.send(SMS)
    assert api["time"].call_count == 1
    api["jobs"].respond(403, json={"errorCode": "QUERY_TIME_OUT", "message": "..."})
    with pytest.raises(MessageDeferred, match="clocks differ"):
        await ovh.send(SMS)
    api["jobs"].respond(200, json=SENT)
    await ovh.send(SMS)
    assert api["time"].call_count == 2


async def test_invalid_receiver_refuses(ovh, api):
    """R29: a number that OVHcloud cannot write to is failed."""
    api["jobs"].respond(200, json=SENT | {"ids": [], "invalidReceivers": ["+33639980001"]})
    with pytest.raises(MessageRefused, match=r"^ovh: invalid receiver$"):
        await ovh.send(SMS)


@pytest.mark.parametrize("status", [400, 422])
async def test_bad_request_refuses(ovh, api, status):
    """R29: a job that OVHcloud finds malformed will be malformed tomorrow."""
    api["jobs"].respond(status, json={"message": "[receivers] +33639980001 is not valid"})
    with pytest.raises(MessageRefused, match=f"^ovh: {status} request refused$"):
        await ovh.send(SMS)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "INVALID_SIGNATURE"),
        (403, "INVALID_KEY"),
        (403, "INVALID_CREDENTIAL"),
        (403, "NOT_CREDENTIAL"),
        (403, "NOT_GRANTED_CALL"),
        (403, "FORBIDDEN"),
        (402, "?"),
        (404, "?"),
        (409, "?"),
        (429, "?"),
        (460, "?"),
        (500, "?"),
        (503, "?"),
    ],
)
async def test_account_and_service_failures_defer(ovh, api, status, code):
    """R29: keys, credit, rate limits and outages are not the message's fault."""
    api["jobs"].respond(status, json={"errorCode": code, "message": "about +33639980001"})
    with pytest.raises(MessageDeferred, match=f"^ovh: {status}"):
        await ovh.send(SMS)


@pytest.mark.parametrize("answer", [{"ids": []}, {}, []])
async def test_nothing_sent_defers(ovh, api, answer):
    """R29: an answer without an id is no acceptance."""
    api["jobs"].respond(200, json=answer)
    with pytest.raises(MessageDeferred, match="nothing was sent"):
        await ovh.send(SMS)


@pytest.mark.parametrize("answer", ["<html>", "\x00"])
async def test_unreadable_answer_defers(ovh, api, answer):
    """R29: a proxy's page is no acceptance either."""
    api["jobs"].respond(200, text=answer)
    with pytest.raises(MessageDeferred, match=r"^ovh: unreadable answer$"):
        await ovh.send(SMS)
    api["jobs"].respond(502)
    with pytest.raises(MessageDeferred, match=r"^ovh: 502$"):
        await ovh.send(SMS)


@pytest.mark.parametrize("route", ["time", "jobs"])
@pytest.mark.parametrize(
    ("error", "told"),
    [(httpx.ReadTimeout, "ovh: timeout"), (httpx.ConnectError, "ovh: no connection")],
)
async def test_no_answer_defers(ovh, api, route, error, told):
    """R29: no connection or no answer in time, at either step: tried again."""
    api[route].mock(side_effect=error("CANARYSECRET"))
    with pytest.raises(MessageDeferred) as deferral:
        await ovh.send(SMS)
    assert str(deferral.value) == told


async def test_secrets_are_in_no_log_and_no_exception(ovh, api, caplog):
    """R20, R42: password, keys and number stay out of logs, exceptions and reprs."""
    caplog.set_level(logging.DEBUG)
    await ovh.send(SMS)
    api["jobs"].respond(400, json={"message": "[receivers] +33639980001 CANARY234567"})
    with pytest.raises(MessageRefused) as refusal:
        await ovh.send(SMS)
    told = caplog.text + told_by(refusal.value)
    told += repr(ovh._settings)
    for secret in ("CANARY", "39980001"):
        assert secret not in told


def test_wrong_settings_are_refused():
    """R42: an account name that is none, or a URL with credentials, stops the start-up."""
    with pytest.raises(ValueError, match="account"):
        OvhSettings("../me", "a", "b", "c")
    with pytest.raises(ValueError, match="credentials"):
        OvhSettings("sms-ab12345-1", "a", "b", "c", url="https://a:b@eu.api.ovh.com")
