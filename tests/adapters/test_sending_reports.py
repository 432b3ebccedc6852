"""R59: a provider's report of the first sending, as a file."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from adapters.sending_reports import ReportUnreadable, opened_report
from core.first_sending import Refusal, SendingReceipt, SendingState
from core.voter import Numic

NOW = datetime(2027, 5, 28, 10, tzinfo=UTC)
AT = datetime(2027, 5, 20, 8, tzinfo=UTC)
GOOD = "00012345;2027-05-20T10:00:00+02:00;DELIVRD;Movistar;north"
RECEIPT = SendingReceipt(Numic("00012345"), AT, SendingState.DELIVERED, "Movistar", "north")
HEADER = "NUMIC;time;state;operator;route"


@pytest.fixture
def read(tmp_path):
    def read(content, zone=None, encoding=None):
        path = tmp_path / "report.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with opened_report(path, zone, NOW, encoding) as report:
            return list(report.lines)

    return read


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{GOOD}\n",
        f"\ufeff{HEADER}\r\n{GOOD}",
        f"{HEADER}\n{GOOD}\n".replace(";", ","),
        f"{HEADER}\n{GOOD}\n".replace(";", "\t"),
        "statut;Horodatage;N° NUMIC;réseau;voie;prix\n"
        'remis;2027-05-20 08:00Z;12345;"Movistar";north;0,07\n',
    ],
)
def test_as_providers_write_it(read, content):
    """R59: columns by their names in French and English, in any order, with others between."""
    assert read(content) == [(2, RECEIPT)]


def test_columns_that_may_be_missing(read):
    """R59: operator and route."""
    ((_, receipt),) = read("numic,time,state\n12345,2027-05-20T08:00:00Z,expired\n")
    assert receipt == SendingReceipt(Numic("00012345"), AT, SendingState.FAILED)


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        (GOOD[:30], Refusal.WRONG_COLUMN_COUNT),
        (GOOD + ";", Refusal.WRONG_COLUMN_COUNT),
        (GOOD.replace("Movistar", '"Movistar'), Refusal.WRONG_COLUMN_COUNT),
        (GOOD.replace("00012345", "12345.0"), Refusal.NUMIC_INVALID),
        (GOOD.replace("00012345", ""), Refusal.NUMIC_INVALID),
        (GOOD.replace("+02:00", ""), Refusal.TIME_WITHOUT_ZONE),
        (GOOD.replace("2027-05-20", "2027-06-20"), Refusal.TIME_TO_COME),
        (GOOD.replace("2027-05-20", "20/05/2027"), Refusal.TIME_INVALID),
        (GOOD.replace("DELIVRD", "perhaps"), Refusal.STATE_UNKNOWN),
        (GOOD.replace("north", "x" * 101), Refusal.NAME_INVALID),
        (GOOD.replace("north", "x" * 5000), Refusal.LINE_TOO_LONG),
        (GOOD.encode().replace(b"north", b"\xff"), Refusal.BAD_ENCODING),
    ],
)
def test_what_is_no_receipt_is_named(read, line, refusal):
    """R59: by the number of its line; those around it are read, and blank ones are no lines."""
    bad = line.encode() if isinstance(line, str) else line
    good = GOOD.encode()
    content = b"\n".join([HEADER.encode(), good, b"", b";;;;", bad, good])
    assert read(content) == [(2, RECEIPT), (5, refusal), (6, RECEIPT)]


def test_times_without_a_zone(read):
    """R59: by the clocks that the importer names, in summer and in winter."""
    lines = "numic;time;state\n12345;2027-05-20T10:00:00;remis\n12345;2027-01-20T09:00:00;remis\n"
    assert [each.at.hour for _, each in read(lines, ZoneInfo("Europe/Paris"))] == [8, 8]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "lacks the columns: numic, time, state"),
        (GOOD, "lacks the columns"),
        ("numic;time\n", "lacks the columns: state"),
        ("numic;time;date;state\n", "two columns of the header name the time"),
        (b"num\xe9ro;time;state\n", "not UTF-8"),
        (b"\0\1\2\3\4\5\6\7", "neither text nor a spreadsheet"),
    ],
)
def test_what_is_no_report(read, content, said):
    """R59: said in a sentence that repeats nothing of the file."""
    with pytest.raises(ReportUnreadable, match=said) as refused:
        read(content)
    assert "00012345" not in str(refused.value)


def test_other_encodings_are_told(read):
    """R59: never guessed."""
    content = f"{HEADER}\n{GOOD}\n".replace("Movistar", "Téléfonica").encode("cp1252")
    assert [each for _, each in read(content)] == [Refusal.BAD_ENCODING]
    ((_, receipt),) = read(content, encoding="cp1252")
    assert receipt.operator == "Téléfonica"
