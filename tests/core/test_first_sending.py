"""R59: what a line of a provider's report says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.evidence import Axis, Line, Tally
from core.first_sending import (
    LONGEST_NAME,
    LineRefused,
    Refusal,
    SendingCount,
    SendingState,
    lines_by,
    moment_of,
    name_of,
    state_of,
)

NOW = datetime(2027, 5, 28, 10, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("DELIVRD", SendingState.DELIVERED),
        (" Délivré ", SendingState.DELIVERED),
        ("UNDELIV", SendingState.FAILED),
        ("Non_remis", SendingState.FAILED),
        ("Échec", SendingState.FAILED),
        ("ENROUTE", SendingState.UNKNOWN),
        ("en  cours", SendingState.UNKNOWN),
    ],
)
def test_states_however_they_are_written(text, state):
    """R59: SMPP's words and people's; case, accents and spaces do not count."""
    assert state_of(text) is state


@pytest.mark.parametrize("text", ["", "deliver", "0", "delivered!", "DELIVRD\0"])
def test_a_state_is_never_guessed(text):
    """R59: what is not in the list is refused by name."""
    with pytest.raises(LineRefused) as refused:
        state_of(text)
    assert refused.value.refusal is Refusal.STATE_UNKNOWN


@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2027-05-28T11:30:00+02:00", None, NOW - timedelta(minutes=30)),
        ("2027-05-28 09:30:00Z", PARIS, NOW - timedelta(minutes=30)),
        ("2027-05-28 11:30", PARIS, NOW - timedelta(minutes=30)),
        ("2027-05-28T12:04:59", PARIS, NOW + timedelta(seconds=299)),
        ("2027-05-28T10:00:00", None, Refusal.TIME_WITHOUT_ZONE),
        ("2027-05-28T12:00:00", ZoneInfo("UTC"), Refusal.TIME_TO_COME),
        ("28/05/2027 10:00", PARIS, Refusal.TIME_INVALID),
        ("0001-01-01T00:00:00+02:00", None, Refusal.TIME_INVALID),
        ("", PARIS, Refusal.TIME_INVALID),
    ],
)
def test_times_are_of_a_clock_that_is_named(text, zone, expected):
    """R59: of a zone of their own or the one that the importer names; a wrong one shows where it
    makes a receipt of tomorrow."""
    if isinstance(expected, Refusal):
        with pytest.raises(LineRefused) as refused:
            moment_of(text, zone, NOW)
        assert refused.value.refusal is expected
    else:
        assert moment_of(text, zone, NOW) == expected


def test_names_are_text():
    """R59: of operators and routes."""
    assert name_of(" Movistar ") == "Movistar"
    for wrong in ("x" * (LONGEST_NAME + 1), "a\x07b"):
        with pytest.raises(LineRefused):
            name_of(wrong)


def test_counted_as_evidence_is():
    """R49, R59: whoever is in a report counts; what has no end waits."""
    counts = [
        SendingCount("2", "Lima", "PE", SendingState.DELIVERED, 11),
        SendingCount("2", "Lima", "PE", SendingState.UNKNOWN, 60),
        SendingCount("2", "Lima", "PE", SendingState.FAILED, 29),
        SendingCount("7", "", "", SendingState.FAILED, 1),
    ]
    peru, unknown = Tally(100, 11, 29), Tally(1, 0, 1)
    assert lines_by(counts, Axis.COUNTRY) == [Line("PE", peru, peru), Line("", unknown, unknown)]
    assert [each.group for each in lines_by(counts, Axis.CONSTITUENCY)] == ["2", "7"]
    assert (peru.share, peru.waiting) == (0.11, 60)
