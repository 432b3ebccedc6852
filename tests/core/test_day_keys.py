"""The ratchet of the password keys: later days follow, earlier ones do not."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta

import pytest

from core.day_keys import MOST_STEPS, DayKey, DayKeyId

DAY = date(2027, 5, 30)
KEY = DayKey("1a2b3c4d", DAY, bytes(range(32)))
ONE = timedelta(days=1)


def test_the_key_of_a_later_day_is_the_same_by_any_way():
    """R20: machines that have gone on day by day agree with one that was switched off."""
    by_day = KEY
    for _ in range(30):
        by_day = by_day.at(by_day.day + ONE)
    assert by_day == KEY.at(DAY + 30 * ONE)
    assert KEY.at(DAY) == KEY


def test_the_step_is_what_the_adr_says():
    """R20: HMAC-SHA256 under the key of the day, of a label and the next day."""
    message = b"reassort/password-day/1 2027-05-31"
    assert KEY.at(DAY + ONE).secret == hmac.digest(KEY.secret, message, hashlib.sha256)


def test_no_earlier_day_can_be_derived():
    """R20: nor one so far away that a clock must be wrong."""
    for day in (DAY - ONE, DAY + (MOST_STEPS + 1) * ONE):
        with pytest.raises(ValueError, match="does not follow"):
            KEY.at(day)
    assert KEY.at(DAY + MOST_STEPS * ONE).day == DAY + MOST_STEPS * ONE


def test_what_a_key_makes_is_not_the_next_key():
    """R20: no message, not even the label of the next day, gives the key of that day."""
    following = KEY.at(DAY + ONE).secret
    assert KEY.mac(b"reassort/password-day/1 2027-05-31") != following
    assert len({KEY.mac(b"m"), KEY.at(DAY + ONE).mac(b"m"), KEY.mac(b"n")}) == 3


def test_it_does_not_show_itself():
    """R20, R42: the file's id is public, its secret is not."""
    assert repr(KEY) == f"DayKey(file_id='1a2b3c4d', day={DAY!r})"


@pytest.mark.parametrize("wrong", [("", 32), ("1a2b3c4d", 31), ("1a2b3c4d", 33)])
def test_what_is_no_key(wrong):
    """R20: a file that was cut off gives none."""
    file_id, length = wrong
    with pytest.raises(ValueError, match="32 bytes"):
        DayKey(file_id, DAY, bytes(length))


def test_ids():
    """R14: ids of the ring stand within, whatever they are; none is taken for a day's."""
    for ring in ("2027", "2026-11-23-c48305", "a:b"):
        key_id = DayKeyId(ring, "1a2b3c4d", DAY)
        assert DayKeyId.parse(str(key_id)) == key_id
    assert str(DayKeyId("2027", "1a2b3c4d", DAY)) == "2027:1a2b3c4d:2027-05-30"
    for other in ("2027", "2026-11-23-c48305", "", "a:b", "a:b:c", "2027:1a2b3c4d:2027-13-30"):
        assert DayKeyId.parse(other) is None
