"""Receipts over SMPP: what each form of them says."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sms.smpp.names import submitted_id
from adapters.sms.smpp.pdu import Garbled
from adapters.sms.smpp.receipt import DeliverSm, read_receipt
from adapters.sms.smpp.settings import ReceiptIds, SmppSettings
from core.delivery import DeliveryState
from core.receipts import Receipt
from tests.servers.smsc import data_sm, deliver_sm, receipt

NOW = datetime(2027, 3, 12, 14, 7, tzinfo=UTC)
SETTINGS = SmppSettings("smsc.example.org", "reassort", "secret", receipt_ids=ReceiptIds.SAME)
ID, STATE, ERROR, PAYLOAD, OPERATOR = 0x001E, 0x0427, 0x0423, 0x0424, 0x1403


def read(body: bytes, **changes) -> Receipt:
    found = read_receipt(DeliverSm.read(body), replace(SETTINGS, **changes), NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("stat", "number", "state", "reason"),
    [
        ("ENROUTE", 1, DeliveryState.ACCEPTED, "on its way"),
        ("DELIVRD", 2, DeliveryState.DELIVERED, None),
        ("EXPIRED", 3, DeliveryState.EXPIRED, "validity over"),
        ("DELETED", 4, DeliveryState.FAILED, "deleted"),
        ("UNDELIV", 5, DeliveryState.FAILED, "undeliverable"),
        ("ACCEPTD", 6, DeliveryState.ACCEPTED, "accepted"),
        ("UNKNOWN", 7, DeliveryState.ACCEPTED, "state unknown"),
        ("REJECTD", 8, DeliveryState.FAILED, "rejected"),
        ("undeliv", 5, DeliveryState.FAILED, "undeliverable"),
        ("BUFFERED", 9, DeliveryState.ACCEPTED, "state unknown"),
        ("BUFFERED", 0, DeliveryState.ACCEPTED, "state unknown"),
        ("DELIVERED", 2, DeliveryState.DELIVERED, None),
        ("REJECTED", 8, DeliveryState.FAILED, "rejected"),
    ],
)
def test_states(stat, number, state, reason):
    """R30: every state of Appendix B and of 5.2.28, in words of our own; one that proves nothing
    ends nothing."""
    for body in (receipt("a28", stat), deliver_sm(b"", {ID: b"a28\0", STATE: bytes((number,))})):
        found = read(body)
        assert (found.reference, found.state, found.reason) == ("a28", state, reason)


def test_both_forms_at_once():
    """R30: the optional parameters are exact, the text is a custom: they come first."""
    both = deliver_sm(b"id:9 stat:UNDELIV", {ID: b"a28\0", STATE: b"\x02"})
    assert read(both).reference == "a28"
    assert read(both).state is DeliveryState.DELIVERED


def test_state_of_a_strange_length_is_left_to_the_text():
    """R30: a parameter that is not as specified says nothing."""
    assert read(deliver_sm(b"id:9 stat:UNDELIV", {STATE: b"\0\x02"})).state is DeliveryState.FAILED


@pytest.mark.parametrize(
    "text",
    [
        b"id:a28 sub:001 dlvrd:001 submit date:2703121405 done date:2703121406 stat:DELIVRD "
        b"err:000 text:",
        b"id:a28 sub:001 dlvrd:001 submit date:2703121405 done date:2703121406 stat:DELIVRD err:0",
        b"ID:a28 SUB:1 Submit Date:2703121405 Done Date:2703121406 Stat:DELIVRD Err:0 Text:",
        b"stat:DELIVRD done date:270312140600 id:a28",
        b"id:a28 done date:20270312140600 stat:DELIVRD",
        b"id:a28,sub:001,dlvrd:001,submit date:2703121405,done date:2703121406,stat:DELIVRD,err:0",
        b"id:a28;done date:2703121406;stat:DELIVRD;err:000;text:",
        b"id:a28 done date:2703121406 stat:DELIVRD id:9 done date:2703121401 stat:UNDELIV",
        b"id:a28 done date:2703121406 stat:DELIVRD text:id:9 stat:UNDELIV done date:2601010000",
        "id:a28 done date:2703121406 stat:DELIVRD".encode("utf-16-be"),
    ],
)
def test_spellings(text):
    """R30: Appendix B as SMSCs write it: any case, any order, with seconds, in UCS-2, and with an
    SMS at the end that looks like a receipt."""
    at = datetime(2027, 3, 12, 14, 6, tzinfo=UTC)
    expected = Receipt("smpp", DeliveryState.DELIVERED, at, reference="a28")
    assert read(deliver_sm(text)) == expected
    assert read(deliver_sm(b"", {PAYLOAD: text})) == expected


def test_octets_behind_the_text():
    """R30: what is no parameter behind the text is left alone, whatever stands before it counts
    (S3)."""
    expected = read(receipt("a28"))
    assert read(receipt("a28") + b"\0") == expected
    assert read(receipt("a28") + b"\0\x1e\0\xffa29") == expected
    named = deliver_sm(b"", {ID: b"a28\0", STATE: b"\x02"}) + b"\0\0\0"
    assert read(named).reference == "a28"


@pytest.mark.parametrize(
    ("esm_class", "text", "parameters", "is_receipt"),
    [
        (0x04, b"id:a28", {}, True),
        (0x44, b"id:a28", {}, True),
        (0x20, b"id:a28", {}, True),
        (0x00, b"", {ID: b"a28\0", STATE: b"\x02"}, True),
        (0x08, b"", {ID: b"a28\0", STATE: b"\x02"}, True),
        (0x00, b"id:a28 stat:DELIVRD", {ID: b"a28\0"}, False),
        (0x00, b"id:a28 stat:DELIVRD", {}, False),
        (0x08, b"id:a28 stat:DELIVRD", {}, False),
        (0x10, b"id:a28 stat:DELIVRD", {}, False),
    ],
)
def test_what_is_a_receipt(esm_class, text, parameters, is_receipt):
    """R30: by its type, or by parameters that no phone sends (S3); never by a text alone, which
    whoever answers an SMS could write."""
    body = deliver_sm(text, parameters, esm_class)
    assert DeliverSm.read(body).is_receipt is is_receipt


def test_a_notification_on_the_way_ends_nothing():
    """R30: an SMSC that reports a failed try and goes on is not taken at its word."""
    interim = deliver_sm(b"id:a28 stat:UNDELIV err:005", esm_class=0x20)
    assert read(interim).state is DeliveryState.ACCEPTED
    assert read(deliver_sm(b"id:a28 stat:DELIVRD", esm_class=0x20)).state is DeliveryState.DELIVERED


def test_data_sm():
    """R30: the same parameters, and the text among them (S3)."""
    for parameters in (
        {ID: b"a28\0", STATE: b"\x02"},
        {PAYLOAD: b"id:a28 stat:DELIVRD done date:2703121406"},
    ):
        message = DeliverSm.read_data_sm(data_sm(parameters))
        assert message.is_receipt
        found = read_receipt(message, SETTINGS, NOW)
        assert (found.reference, found.state) == ("a28", DeliveryState.DELIVERED)


@pytest.mark.parametrize(
    "body",
    [
        deliver_sm(b""),
        deliver_sm(b"stat:DELIVRD"),
        deliver_sm(b"id: stat:DELIVRD"),
        deliver_sm(b"text:id:a28"),
        deliver_sm(b"id:" + b"a" * 65),
        deliver_sm("id:numéro".encode("latin-1")),
        deliver_sm(b"", {ID: b"\x01\0"}),
    ],
)
def test_without_an_id(body):
    """R30: a receipt that names no message, or in no way that a message is named, is none."""
    assert read_receipt(DeliverSm.read(body), SETTINGS, NOW) is None


@given(st.binary(), st.dictionaries(st.sampled_from([ID, STATE, ERROR, PAYLOAD]), st.binary()))
def test_any_octets(text, parameters):
    """R30: whatever an SMSC sends is a receipt, no receipt, or unreadable; nothing else."""
    for ids in ReceiptIds:
        message = DeliverSm.read(deliver_sm(text[:255], parameters))
        found = read_receipt(message, replace(SETTINGS, receipt_ids=ids), NOW)
        assert found is None or (found.reference or "").isprintable()
    for read in (DeliverSm.read, DeliverSm.read_data_sm):
        with suppress(Garbled):
            read(text)


@pytest.mark.parametrize(
    ("done", "offset", "at"),
    [
        ("2703121406", 0, NOW - timedelta(minutes=1)),
        ("270312140630", 0, NOW - timedelta(seconds=30)),
        ("2703121506", 60, NOW - timedelta(minutes=1)),
        ("2703121106", -180, NOW - timedelta(minutes=1)),
        ("2703121506", 0, NOW + timedelta(minutes=59)),
        ("2703121508", 0, NOW),
        ("2601010000", 0, NOW),
        ("0000000000", 0, NOW),
        ("9999999999", 0, NOW),
        ("soon", 0, NOW),
        ("?", 0, NOW),
        ("", 0, NOW),
    ],
)
def test_dates(done, offset, at):
    """R30: dates have no zone, the settings give it; nonsense is the time of arrival."""
    assert read(receipt("a28", done=done), utc_offset_minutes=offset).at == at


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (receipt("1", "UNDELIV", err="011"), "undeliverable, code 011"),
        (receipt("1", "UNDELIV", err="00A"), "undeliverable, code 00A"),
        (receipt("1", "UNDELIV", err="000"), "undeliverable"),
        (receipt("1", "UNDELIV", err="Camille"), "undeliverable"),
        (receipt("1", "UNDELIV", err="+33639980001"), "undeliverable"),
        (deliver_sm(b"id:1 stat:UNDELIV", {ERROR: b"\x03\x00\xc7"}), "undeliverable, code 199"),
        (deliver_sm(b"id:1 stat:UNDELIV err:5", {ERROR: b"\x03\0\0"}), "undeliverable"),
        (deliver_sm(b"id:1 stat:UNDELIV err:5", {ERROR: b"\x03"}), "undeliverable, code 5"),
    ],
)
def test_reasons(body, reason):
    """R30, R42: a word of ours and the network's number; no text of the vendor's."""
    assert read(body).reason == reason


@pytest.mark.parametrize(
    ("value", "operator"),
    [(b"20801\0", "208-01"), (b"722-310", "722-310"), (b"Orange F", None), (b"", None)],
)
def test_operator(value, operator):
    """R30: the network's code, where the vendor has a parameter for it and the settings name it."""
    body = deliver_sm(b"id:1 stat:DELIVRD", {OPERATOR: value})
    assert read(body, operator_tag=OPERATOR).operator == operator
    assert read(body).operator is None


@pytest.mark.parametrize(
    ("ids", "response", "text", "parameter", "reference"),
    [
        (ReceiptIds.SAME, "00A28", "00A28", None, "a28"),
        (ReceiptIds.SAME, "2dc6c2", "2DC6C2", None, "2dc6c2"),
        (ReceiptIds.SAME, "002DC6C3", "2DC6C3", None, "2dc6c3"),
        (ReceiptIds.SAME, "3000004", "0003000004", None, "3000004"),
        (ReceiptIds.SAME, "0x2DC6C3", "2DC6C3", None, "2dc6c3"),
        (ReceiptIds.SAME, "000", "0", None, "0"),
        (ReceiptIds.SAME, "aB3", "aB3", None, "aB3"),
        (ReceiptIds.SAME, "QWxh-ZGRpx", "qwxh-zgrpX", None, "qwxh-zgrpx"),
        (ReceiptIds.SAME, "a28", "2600", b"a28\0", "a28"),
        (ReceiptIds.AUTO, "00A28", "0a28", None, "a28"),
        (ReceiptIds.AUTO, "a28", "2600", b"A28\0", "a28"),
        (ReceiptIds.HEX_TO_DECIMAL, "2DC6C2", "2dc6c2", None, "3000002"),
        (ReceiptIds.DECIMAL_TO_HEX, "2DC6C2", "2dc6c2", None, "3000002"),
        (ReceiptIds.HEX_TO_DECIMAL, "00000A28", "2600", None, "2600"),
        (ReceiptIds.HEX_TO_DECIMAL, "a28", "0000002600", b"a28\0", "2600"),
        (ReceiptIds.HEX_TO_DECIMAL, "a28", "", b"0A28\0", "2600"),
        (ReceiptIds.HEX_TO_DECIMAL, "3f-1", "3f-1", None, "3f-1"),
        (ReceiptIds.DECIMAL_TO_HEX, "0002600", "A28", None, "2600"),
        (ReceiptIds.DECIMAL_TO_HEX, "2600", "", b"2600\0", "2600"),
    ],
)
def test_ids(ids, response, text, parameter, reference):
    """R30: however the SMSC writes the id of the submission in its receipt, the two meet."""
    assert submitted_id(response.encode() + b"\0", ids) == reference
    parameters = {} if parameter is None else {ID: parameter}
    body = deliver_sm(f"id:{text} stat:DELIVRD".encode(), parameters)
    assert read(body, receipt_ids=ids).reference == reference


def test_texts_are_in_no_repr():
    """R20: the receipt ends with the beginning of the SMS."""
    assert "CANARY" not in repr(DeliverSm.read(deliver_sm(b"id:1 text:CANARY", {ID: b"CANARY"})))
