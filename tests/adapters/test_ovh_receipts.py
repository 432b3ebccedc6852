"""OvhReceipts: what OVHcloud fetches when an SMS has come to something."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sms.ovh_receipts import OvhReceipts
from adapters.sms.receipt_tags import ReceiptTags
from adapters.trial import SetClock
from core.delivery import DeliveryState
from core.keys import Keyring, SecretKey
from core.receipt_refusals import ReceiptForged, ReceiptMalformed, ReceiptRefused
from core.receipts import Receipt

MOMENT = datetime(2027, 6, 5, 12, tzinfo=UTC)
OLD, NEW = SecretKey("2026", b"o" * 32), SecretKey("2027", b"n" * 32)
TAGS = ReceiptTags(Keyring((NEW, OLD)), "ovh")
QUERY = {
    "mac": TAGS.of(),
    "id": "26929925",
    "ptt": "4",
    "date": "2027-06-05 14:00:01",
    "description": "1",
    "descriptionDlr": "Success",
}


def read(**changes) -> Receipt:
    return OvhReceipts(TAGS, SetClock(MOMENT)).parse("GET", QUERY | changes, {}, b"")


def test_delivered():
    """R30: found by the id that the API gave when it took the SMS; the time is ours."""
    assert read() == Receipt("ovh", DeliveryState.DELIVERED, MOMENT, reference="26929925")


@pytest.mark.parametrize(
    ("ptt", "description", "state", "reason"),
    [
        ("1", "4", DeliveryState.ACCEPTED, "tried again for the phone, ptt 1"),
        ("3", "8", DeliveryState.ACCEPTED, "accepted by the operator, ptt 3"),
        ("4", "2", DeliveryState.DELIVERED, None),
        ("6", "2", DeliveryState.ACCEPTED, "state unknown, ptt 6"),
        ("8", "2", DeliveryState.EXPIRED, "validity over, ptt 8"),
        ("23", "2", DeliveryState.FAILED, "number invalid or barred, ptt 23"),
        ("202", "2", DeliveryState.FAILED, "ported number blocked, ptt 202"),
        ("0", "1", DeliveryState.DELIVERED, None),
        ("555", "2", DeliveryState.FAILED, "failed, ptt 555"),
        ("555", "16", DeliveryState.FAILED, "failed, not billed, ptt 555"),
        ("555", "", DeliveryState.ACCEPTED, "state unknown, ptt 555"),
        ("555", "+33639980001", DeliveryState.ACCEPTED, "state unknown, ptt 555"),
    ],
)
def test_states_and_reasons(ptt, description, state, reason):
    """R30: by `ptt`; by the coarser code for one that nobody told us of; by neither, still open."""
    receipt = read(ptt=ptt, description=description, descriptionDlr="CANARY")
    assert (receipt.state, receipt.reason) == (state, reason)


@pytest.mark.parametrize(
    "mac", ["", "0" * 32, TAGS.of("26929925"), ReceiptTags(TAGS.keyring, "kannel").of()]
)
def test_without_the_routes_tag_nothing_is_taken(mac):
    """R30: OVHcloud signs nothing: who does not know the address cannot report."""
    with pytest.raises(ReceiptForged):
        read(mac=mac)


def test_the_address_stays_good_after_a_rotation_of_keys():
    """R14, R30: until the older key leaves the ring, the address at OVHcloud need not change."""
    assert read(mac=ReceiptTags(Keyring((OLD,)), "ovh").of()).reference == "26929925"


@pytest.mark.parametrize(
    "wrong", [{"id": ""}, {"id": "x"}, {"ptt": ""}, {"ptt": "-1"}, {"id": "1" * 21}, {"id": "²"}]
)
def test_what_names_no_sms_or_no_state_is_malformed(wrong):
    """R30: nothing is stored of it."""
    with pytest.raises(ReceiptMalformed):
        read(**wrong)


@given(st.dictionaries(st.sampled_from(["id", "ptt", "description", "mac"]), st.text()))
def test_whatever_comes_is_read_or_refused(changes):
    """R30: no input breaks the parser."""
    try:
        receipt = read(**changes)
    except ReceiptRefused:
        return
    assert receipt.reference
