"""Import of the register: what is accepted, rejected, named and counted."""

import csv
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.register.import_csv import (
    Hygiene,
    ImportFailed,
    ImportRefused,
    ImportReport,
    PhoneKind,
    Rejection,
    import_register,
)
from adapters.register.import_csv.parallel import WORTHWHILE, suitable_processes
from adapters.register.sqlite import SqliteRegister
from core.keys import Keyring, SecretKey
from core.voter import Identifier, Numel, Numic

KEYRING = Keyring((SecretKey("k1", b"k" * 32),))
HEADER = "numic;numel;identifier;email;phone;identifier_renewed_in"
CAMILLE = "00012345;42;K7WPQ2M4XN9B;camille.martin@example.org;+33 6 12 34 56 78;"
DOMINIQUE = "54321;;T4RJH8C2VW6D;dominique.bernard@example.org;;"
CLAUDE = "00067890;;M9XK3FQ7ZB5L;claude.petit@example.org;+33612345679;2026-leg-1"
Row = tuple[str, ...]


class Desk:
    """One folder with a source, a register and a report."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "voters.csv"
        self.register = folder / "register.sqlite3"
        self.report = folder / "report.csv"

    def load(self, content: bytes | list[str], **options: Any) -> ImportReport:
        if isinstance(content, list):
            content = ("\n".join(content) + "\n").encode()
        self.source.write_bytes(content)
        keyring = options.pop("keyring", KEYRING)
        options = {"force": True, **options}
        return import_register(self.source, self.register, keyring, report=self.report, **options)

    def named(self) -> list[Row]:
        with self.report.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == ["line", "column", "code", "outcome"]
        return [tuple(row) for row in rows]

    def leftovers(self) -> list[Path]:
        return list(self.folder.glob("*importing*"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_voters_of_the_file_are_in_the_register(desk: Desk):
    """R10, R35: NUMICs padded, numbers in E.164, empty cells none; counts in are counts out."""
    outcome = desk.load([HEADER, CAMILLE, DOMINIQUE, CLAUDE])
    assert (outcome.lines, outcome.accepted, outcome.rejected, outcome.added) == (3, 3, 0, 3)
    assert outcome.replaced
    assert outcome.phones == {PhoneKind.MOBILE: 2}
    register = SqliteRegister(desk.register, KEYRING)
    camille = await register.find(Numel("000000042"))
    assert camille is not None
    assert camille.phone is not None
    assert (camille.numic.value, camille.phone.value) == ("00012345", "+33612345678")
    dominique = await register.find(Numic("00054321"))
    assert dominique is not None
    assert dominique.phone is None
    register.close()


@pytest.mark.parametrize("processes", [0, 2], ids=["alone", "two-processes"])
@pytest.mark.parametrize(
    "shape",
    [
        lambda text: text,
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace(";", ","),
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("camille.martin@example.org", '"camille.martin@example.org"'),
        lambda text: text.replace("numic", " NUMIC "),
    ],
    ids=["plain", "bom", "crlf", "commas", "no-last-newline", "quotes", "header-case"],
)
def test_files_of_all_usual_shapes_are_read(
    desk: Desk, shape: Callable[[str], str], processes: int
):
    """R35: marks, line ends, separators and quotes of spreadsheets; in any number of processes."""
    text = "\n".join([HEADER, CAMILLE, DOMINIQUE, CLAUDE]) + "\n"
    outcome = desk.load(shape(text).encode(), processes=processes)
    assert (outcome.accepted, outcome.rejected, outcome.blank_lines) == (3, 0, 0)


def test_columns_may_come_in_any_order_and_optional_ones_not_at_all(desk: Desk):
    """R35: names count, not places."""
    outcome = desk.load(
        ["phone,email,identifier,numic", "+33612345678,a@example.org,K7WPQ2M4XN9B,1"]
    )
    assert outcome.accepted == 1


REJECTED = {
    "too few cells": ("1;2;3", "", Rejection.WRONG_COLUMN_COUNT),
    "too many cells": (CAMILLE + ";", "", Rejection.WRONG_COLUMN_COUNT),
    "no numic": (";;K7WPQ2M4XN9B;a@example.org;;", "numic", Rejection.NUMIC_MISSING),
    "letters": ("12a;;K7WPQ2M4XN9B;a@example.org;;", "numic", Rejection.NUMIC_INVALID),
    "nine digits": ("123456789;;K7WPQ2M4XN9B;a@example.org;;", "numic", Rejection.NUMIC_INVALID),
    "no identifier": ("1;;;a@example.org;;", "identifier", Rejection.IDENTIFIER_MISSING),
    "short": ("1;;K7WP;a@example.org;;", "identifier", Rejection.IDENTIFIER_INVALID),
    "round": ("1;;K7WPQ2M4XN9B;a@example.org;;é", "identifier_renewed_in", Rejection.ROUND_INVALID),
    "NUL": ("1;;K7WPQ2M4XN9B;a\0@example.org;;", "", Rejection.NUL_BYTE),
    "long": ("1;;K7WPQ2M4XN9B;" + "a" * 4100 + ";;", "", Rejection.LINE_TOO_LONG),
    "long in bytes": ("1;;K7WPQ2M4XN9B;" + "é" * 2100 + ";;", "", Rejection.LINE_TOO_LONG),
    "endless": ("1;;K7WPQ2M4XN9B;" + "é" * 3_000_000 + ";;", "", Rejection.LINE_TOO_LONG),
    "open quote": ('1;;K7WPQ2M4XN9B;"a@example.org;;', "", Rejection.MALFORMED_QUOTING),
    "numic twice": (
        "12345;;M9XK3FQ7ZB5L;a@example.org;;", "numic", Rejection.NUMIC_DUPLICATE,
    ),
    "numel twice": (
        "1;000000042;M9XK3FQ7ZB5L;a@example.org;;", "numel", Rejection.NUMEL_DUPLICATE,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("line", "column", "code"), REJECTED.values(), ids=REJECTED.keys())
def test_a_rejected_line_is_named_and_costs_no_other(
    desk: Desk, line: str, column: str, code: Rejection
):
    """R35: its number, column and code, once; the lines around it are voters."""
    outcome = desk.load([HEADER, CAMILLE, line, CLAUDE])
    assert (outcome.lines, outcome.accepted, outcome.rejected) == (3, 2, 1)
    assert outcome.rejections == {code: 1}
    assert desk.named() == [("3", column, code.value, "rejected")]


def test_a_line_that_is_not_utf8_is_rejected_alone(desk: Desk):
    """R35: Latin-1 in one line leaves the others' accents alone."""
    lines = [HEADER, CAMILLE, DOMINIQUE.replace("dominique", "zoé"), CLAUDE]
    utf8 = "\n".join(lines).encode()
    outcome = desk.load(utf8.replace(b"camille", b"cam\xefille"))
    assert desk.named()[0] == ("2", "", "BAD_ENCODING", "rejected")
    assert outcome.accepted == 2


HYGIENE = {
    "no phone": (";a@example.org;;", "phone", Hygiene.PHONE_MISSING),
    "malformed phone": (";a@example.org;call me;", "phone", Hygiene.PHONE_MALFORMED),
    "extension": (";a@example.org;+33612345670 poste 5;", "phone", Hygiene.PHONE_MALFORMED),
    "fixed line": (";a@example.org;+33142685300;", "phone", Hygiene.PHONE_FIXED_LINE),
    "other kind": (";a@example.org;+33639980001;", "phone", Hygiene.PHONE_OTHER_KIND),
    "free phone": (";a@example.org;+33800123456;", "phone", Hygiene.PHONE_UNUSABLE),
    "former plan": (";a@example.org;+24107123456;", "phone", Hygiene.PHONE_RENUMBERED),
    "phone as float": (";a@example.org;+33612345670.0;", "phone", Hygiene.NUMBER_AS_FLOAT),
    "no e-mail": (";;+33612345670;", "email", Hygiene.EMAIL_MISSING),
    "malformed e-mail": (";a@b@c;+33612345670;", "email", Hygiene.EMAIL_MALFORMED),
}


@pytest.mark.parametrize(("rest", "column", "code"), HYGIENE.values(), ids=HYGIENE.keys())
def test_a_voter_in_want_of_care_is_kept_and_named(
    desk: Desk, rest: str, column: str, code: Hygiene
):
    """R35: before the vote, who cannot be reached, and why; the voter is in the register."""
    outcome = desk.load([HEADER, CAMILLE, "1;;K7WPQ2M4XN9B" + rest])
    assert (outcome.accepted, outcome.hygiene) == (2, {code: 1})
    assert desk.named() == [("3", column, code.value, "kept")]


@pytest.mark.parametrize(
    ("numel", "code"), [("x", Hygiene.NUMEL_MALFORMED), ("42.0", Hygiene.NUMBER_AS_FLOAT)]
)
def test_a_malformed_numel_leaves_the_voter_their_numic(desk: Desk, numel: str, code: Hygiene):
    """R35: kept without it, and named."""
    outcome = desk.load([HEADER, f"1;{numel};K7WPQ2M4XN9B;a@example.org;+33612345670;"])
    assert outcome.hygiene == {code: 1}


def test_shared_phones_and_mailboxes_are_named_on_every_line(desk: Desk):
    """R35: however they are written; three lines share a phone, two a mailbox."""
    outcome = desk.load(
        [
            HEADER,
            "1;;K7WPQ2M4XN9B;One@Example.org;+33 6 12 34 56 78;",
            "2;;K7WPQ2M4XN9C;two@example.org;0033612345678;",
            "3;;K7WPQ2M4XN9D;three@example.org;+33612345679;",
            "4;;K7WPQ2M4XN9E;one@example.ORG;+33.6.12.34.56.78;",
        ]
    )
    assert outcome.hygiene == {Hygiene.PHONE_SHARED: 3, Hygiene.EMAIL_SHARED: 2}
    assert [row[:3] for row in desk.named()] == [
        ("2", "phone", "PHONE_SHARED"),
        ("3", "phone", "PHONE_SHARED"),
        ("5", "phone", "PHONE_SHARED"),
        ("2", "email", "EMAIL_SHARED"),
        ("5", "email", "EMAIL_SHARED"),
    ]


def test_a_rejected_duplicate_shares_nothing_and_is_named_once(desk: Desk):
    """R35: what is not in the register is not in its hygiene."""
    outcome = desk.load([HEADER, CAMILLE, CAMILLE.replace("+33 6 12 34 56 78", "bad")])
    assert outcome.hygiene == {}
    assert desk.named() == [("3", "numic", "NUMIC_DUPLICATE", "rejected")]


async def test_of_two_lines_with_one_numic_the_first_stays(desk: Desk):
    """R35: the second is named, and does not overwrite."""
    desk.load([HEADER, CAMILLE, "00012345;;M9XK3FQ7ZB5L;other@example.org;;"])
    register = SqliteRegister(desk.register, KEYRING)
    assert await register.identifier_matches(Numic("00012345"), Identifier.parse("K7WPQ2M4XN9B"))
    register.close()


def test_blank_lines_are_no_voters_and_keep_the_count_of_lines(desk: Desk):
    """R35: numbers in the report are those of the file."""
    outcome = desk.load([HEADER, "", CAMILLE, "   ", "1;2;3", ""])
    assert (outcome.lines, outcome.blank_lines) == (2, 3)
    assert desk.named() == [("5", "", "WRONG_COLUMN_COUNT", "rejected")]


def test_duplicates_are_found_across_chunks_and_processes(desk: Desk):
    """R35: seventy thousand voters, the last line a repetition of the first, one line in the
    middle not a voter's: however many parse, in the order of the file."""
    lines = [
        f"{n};{n};K7WPQ2M4XN9B;voter.{n}@example.org;+336{12000000 + n};" for n in range(70_000)
    ]
    lines[50_000] = "nobody"
    outcome = desk.load([HEADER, *lines, lines[0]], processes=2)
    assert (outcome.lines, outcome.accepted) == (70_001, 69_999)
    assert desk.named() == [
        ("50002", "", "WRONG_COLUMN_COUNT", "rejected"),
        ("70002", "numic", "NUMIC_DUPLICATE", "rejected"),
    ]


@pytest.mark.parametrize("wrong", [{"lines": 4}, {"added": 2}, {"rejections": {}}])
def test_counts_that_do_not_add_up_are_never_reported(desk: Desk, wrong: dict[str, Any]):
    """R35: lines in = accepted + rejected = named; an outcome cannot even be made otherwise."""
    outcome = desk.load([HEADER, CAMILLE, "nobody"])
    with pytest.raises(AssertionError, match="do not equal"):
        replace(outcome, **wrong)


def test_the_report_and_the_errors_hold_no_personal_data(desk: Desk):
    """R35, R42: a line's number says all that its owner needs."""
    lines = [HEADER, CAMILLE, CAMILLE, "x@example.org;1", "1;;bad;a@example.org;0612345678;"]
    with pytest.raises(ImportRefused) as refusal:
        desk.load(lines, force=False)
    for text in (desk.report.read_text(), str(refusal.value), str(refusal.value.report)):
        assert not any(word in text for word in ("example", "12345", "0612", "K7WP", "bad"))


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("", "lacks the columns: numic, identifier, email, phone"),
        ("numic;identifier;email", "lacks the columns: phone"),
        (CAMILLE, "lacks the columns"),
        (HEADER + ";civility", "column 7 is unknown"),
        (HEADER + ";email", "column 7 is unknown or named twice"),
        (HEADER + ";" + "x" * 5000, "too long"),
    ],
)
def test_a_file_with_another_header_is_refused(desk: Desk, header: str, message: str):
    """R35: a mistyped optional column is not silently left out; no cell is repeated."""
    with pytest.raises(ImportFailed, match=message) as failure:
        desk.load([header, CAMILLE])
    assert "camille" not in str(failure.value)
    assert not desk.register.exists()


def test_progress_ends_with_everything_done(desk: Desk):
    """R35: lines, bytes, bytes in total; never backwards."""
    calls: list[tuple[int, int, int]] = []
    lines = [f"{n};;K7WPQ2M4XN9B;voter.{n}@example.org;;" for n in range(60_000)]
    desk.load([HEADER, *lines], progress=lambda *done: calls.append(done))
    size = desk.source.stat().st_size
    assert len(calls) > 1
    assert calls == sorted(calls)
    assert calls[-1] == (60_000, size, size)


def test_small_files_start_no_processes():
    """R35: they cost more than they save."""
    assert suitable_processes(WORTHWHILE - 1) == 0
    assert suitable_processes(WORTHWHILE) in (0, 2, 3)


def test_identifiers_are_stored_as_keyed_hashes_only(desk: Desk):
    """R14, R44: the file holds no identifier, nor its plain hash; 16 bytes under the key."""
    desk.load([HEADER, CAMILLE])
    assert b"K7WPQ2M4XN9B" not in desk.register.read_bytes()
    with closing(sqlite3.connect(desk.register)) as connection:
        (mac,) = connection.execute("SELECT identifier FROM voter").fetchone()
        meta = dict(connection.execute("SELECT name, value FROM meta"))
    assert len(mac) == 16
    assert meta["identifier_key"] == "k1"


def test_the_files_are_their_owners_alone_unless_opened_up(desk: Desk):
    """R42: a new register has mode 600; a later one has its predecessor's."""
    desk.load([HEADER, CAMILLE])
    assert desk.register.stat().st_mode & 0o777 == 0o600
    desk.register.chmod(0o640)
    desk.load([HEADER, CAMILLE])
    assert desk.register.stat().st_mode & 0o777 == 0o640
