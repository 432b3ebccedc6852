"""VonageReceipts: signed status webhooks of the Messages API."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sms.vonage_receipts import VonageReceipts, VonageReceiptSettings
from adapters.trial import SetClock
from core.delivery import DeliveryState
from core.receipt_refusals import (
    ReceiptForged,
    ReceiptMalformed,
    ReceiptRefused,
    ReceiptUnproven,
)
from core.receipts import Receipt

MOMENT = datetime(2027, 6, 5, 12, tzinfo=UTC)
SECRET = "CANARY-signature-secret-of-the-account-1"
APPLICATION = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
UUID = "bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab"
SETTINGS = VonageReceiptSettings("a1b2c3d4", SECRET, APPLICATION)
WEBHOOK = {
    "message_uuid": UUID,
    "to": "33639980001",
    "from": "VOTE",
    "timestamp": "2027-06-05T11:59:30.000Z",
    "status": "delivered",
    "channel": "sms",
    "client_ref": "r1.password.1",
    "usage": {"currency": "EUR", "price": "0.0333"},
    "destination": {"network_code": "20801"},
    "sms": {"count_total": "1"},
}


def signed(body: bytes, secret=SECRET, algorithm="HS256", without=(), **claims) -> str:
    said = {
        "iat": int(MOMENT.timestamp()),
        "jti": "c5ba8f24-1a14-4c10-bfdf-3fbe8ce511b5",
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": "a1b2c3d4",
        "application_id": APPLICATION,
    } | claims
    kept = {name: value for name, value in said.items() if name not in without}
    return "Bearer " + jwt.encode(kept, secret, algorithm=algorithm)


def parse(body: bytes, authorization: str | None) -> Receipt:
    headers = {} if authorization is None else {"authorization": authorization}
    return VonageReceipts(SETTINGS, SetClock(MOMENT)).parse("POST", {}, headers, body)


def read(**changes) -> Receipt:
    said = {name: value for name, value in (WEBHOOK | changes).items() if value is not None}
    body = json.dumps(said).encode()
    return parse(body, signed(body))


def test_delivered():
    """R30: our attempt, Vonage's reference, the network as MCC-MNC, the time that it happened."""
    at = datetime(2027, 6, 5, 11, 59, 30, tzinfo=UTC)
    assert read() == Receipt(
        "vonage", DeliveryState.DELIVERED, at, "r1.password.1", UUID, "208-01", None
    )


def problem(code, title="x", nested=False):
    said = {
        "type": f"https://developer.vonage.com/api-errors/messages#{code}",
        "title": title,
        "detail": "+33639980001 CANARY",
    }
    return {"error": said} if nested else said


@pytest.mark.parametrize(
    ("status", "error", "state", "reason"),
    [
        ("submitted", None, DeliveryState.ACCEPTED, "submitted"),
        ("submitted", problem(1220), DeliveryState.ACCEPTED, "submitted, 1220 phone busy"),
        ("delivered", problem(1220), DeliveryState.DELIVERED, None),
        ("rejected", None, DeliveryState.FAILED, "rejected"),
        ("rejected", problem(1360), DeliveryState.EXPIRED, "rejected, 1360 validity over"),
        ("rejected", problem(1190), DeliveryState.FAILED, "rejected, 1190 subscriber gone"),
        ("rejected", problem(1999), DeliveryState.FAILED, "rejected, 1999"),
        ("rejected", problem("x", "1260"), DeliveryState.FAILED, None),
        (
            "rejected",
            problem(1050, nested=True),
            DeliveryState.FAILED,
            "rejected, 1050 number barred",
        ),
        ("rejected", problem("rejected", 1030), DeliveryState.FAILED, None),
        ("rejected", problem("+33639980001", "Jo"), DeliveryState.FAILED, "rejected"),
        ("rejected", "1360", DeliveryState.FAILED, "rejected"),
        ("undeliverable", problem(1331), DeliveryState.FAILED, None),
        ("read", None, DeliveryState.ACCEPTED, "state unknown"),
        (["delivered"], None, DeliveryState.ACCEPTED, "state unknown"),
        (None, None, DeliveryState.ACCEPTED, "state unknown"),
    ],
)
def test_states_and_reasons(status, error, state, reason):
    """R20, R30: the state by the status, the reason by a table: no word of Vonage's."""
    receipt = read(status=status, error=error)
    assert receipt.state is state
    assert reason is None or receipt.reason == reason
    assert "CANARY" not in str(receipt.reason)
    assert "39980001" not in str(receipt.reason)


def test_the_code_may_stand_in_the_title():
    """R30: both forms that Vonage writes are understood."""
    assert read(status="rejected", error=problem("rejected", 1030)).reason == (
        "rejected, 1030 internal error"
    )


@pytest.mark.parametrize("destination", [None, {}, {"network_code": "Orange"}, "20801", [1]])
def test_no_network(destination):
    """R30: where no network is told, none is made up."""
    assert read(destination=destination).operator is None


@pytest.mark.parametrize(
    ("client_ref", "attempt"),
    [("r1.password.2", "r1.password.2"), (None, None), ("somebody's", None), (7, None), ("", None)],
)
def test_attempt(client_ref, attempt):
    """R30: our own id when it is one; else Vonage's reference alone."""
    receipt = read(client_ref=client_ref)
    assert (receipt.attempt, receipt.reference) == (attempt, UUID)


@pytest.mark.parametrize(
    "timestamp",
    [None, "", "yesterday", 5, "1970-01-01T00:00:00Z", "2027-06-05T13:00:00Z", "0001-01-01T00:00"],
)
def test_a_time_that_cannot_be_is_now(timestamp):
    """R30: a wrong clock at the provider moves nothing into the past or the future."""
    assert read(timestamp=timestamp).at == MOMENT


BODY = json.dumps(WEBHOOK).encode()


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        (signed(BODY, secret="x" * 40), "wrong signature"),
        (signed(BODY, secret=SECRET + "x" * 40, algorithm="HS512"), "wrong signature"),
        ("Bearer " + jwt.encode({"iss": "Vonage"}, None, algorithm="none"), "wrong signature"),
        (signed(BODY, iss="Nexmo"), "wrong signature"),
        (signed(BODY, without=["payload_hash"]), "wrong signature"),
        (signed(BODY, without=["iat"]), "wrong signature"),
        ("Bearer x.y.z", "wrong signature"),
        ("Bearer é", "wrong signature"),
        ("Basic YTpi", "not a bearer token"),
        (signed(BODY + b" "), "another body"),
        (signed(BODY, payload_hash=7), "another body"),
        (signed(BODY, api_key="z9z9z9z9"), "another account"),
        (signed(BODY, application_id="other"), "another application"),
        (signed(BODY, iat=int((MOMENT - timedelta(hours=27)).timestamp())), "too old"),
        (signed(BODY, iat=int((MOMENT + timedelta(minutes=6)).timestamp())), "too old"),
        (signed(BODY, iat=10**400), "too old"),
        (signed(BODY, iat=float("nan")), "too old"),
        (signed(BODY, iat="soon"), "too old"),
    ],
)
def test_forgeries_are_refused(authorization, reason):
    """R30: the secret, the body, the account, the application and the age must fit together."""
    with pytest.raises(ReceiptForged) as refusal:
        parse(BODY, authorization)
    assert refusal.value.reason == reason
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_a_repetition_is_taken_again():
    """R30: the same webhook, kept and sent again, says the same: that is for the use case to
    ignore. A repetition for another attempt would need the secret."""
    late = VonageReceipts(SETTINGS, SetClock(MOMENT + timedelta(hours=25)))
    headers = {"authorization": signed(BODY)}
    first = parse(BODY, signed(BODY))
    assert late.parse("POST", {}, headers, BODY) == first


def test_the_application_may_be_left_out():
    """R30: the claim is optional, the account's key is not."""
    assert parse(BODY, signed(BODY, without=["application_id"])).reference == UUID
    with pytest.raises(ReceiptForged):
        parse(BODY, signed(BODY, without=["api_key"]))


@pytest.mark.parametrize("authorization", [None, ""])
def test_an_unsigned_webhook_is_to_be_sent_again(authorization):
    """R30: Vonage may fail to sign, and repeats what is answered 5xx: nothing is taken unsigned,
    and nothing is lost."""
    with pytest.raises(ReceiptUnproven):
        parse(BODY, authorization)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff", b"[" * 5000, b'{"channel":"sms"}', b'{"message_uuid":"x"}'],
)
def test_what_is_no_receipt_of_an_sms_is_malformed(body):
    """R30: signed or not, nothing is stored of it."""
    with pytest.raises(ReceiptMalformed):
        parse(body, signed(body))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*WEBHOOK, "error"]), values))
def test_whatever_is_signed_is_read_or_refused(changes):
    """R30: no body breaks the parser."""
    try:
        receipt = read(**changes)
    except ReceiptMalformed:
        return
    assert receipt.attempt or receipt.reference


@given(st.text(), st.binary())
def test_whatever_comes_unsigned_is_refused(authorization, body):
    """R30: no request breaks the parser, and none without the secret is taken."""
    with pytest.raises(ReceiptRefused):
        parse(body, authorization)
    with pytest.raises(ReceiptRefused):
        parse(body, f"Bearer {authorization}")


@pytest.mark.parametrize("wrong", [("", SECRET), ("a1b2c3d4", "CANARY")])
def test_settings_that_would_let_anyone_in_are_refused(wrong):
    """R30, R42: no key to compare with, or a secret that can be guessed; and it is never told."""
    with pytest.raises(ValueError) as refusal:  # noqa: PT011
        VonageReceiptSettings(*wrong, APPLICATION)
    assert "CANARY" not in str(refusal.value) + repr(SETTINGS)
