"""Repairs: proposed by the import, confirmed by the consulate, applied by a later import (R50)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from adapters.numbering import PhoneKind
from adapters.register.import_csv import ImportFailed, ImportReport, import_register
from adapters.register.import_csv.findings import Hygiene
from adapters.register.sqlite import SqliteRegister
from core.keys import Keyring, SecretKey
from core.voter import Numic, Voter

KEYRING = Keyring((SecretKey("k1", b"k" * 32),))
PHONES = {
    1: "+24107123456",
    2: "+225 60 12 34 56",
    3: "+541123456789",
    4: "436641234567.0",
    5: "+33 6 12 34 56 78",
    6: "+22507123456",
}


class Consulate:
    """A register's file, what is proposed for it, and what comes back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.phones = dict(PHONES)
        self.proposals = folder / "proposals.csv"
        self.repairs = folder / "repairs.csv"

    def load(self, **options: Any) -> ImportReport:
        lines = [
            f"{numic};K7WPQ2M4XN9B;voter.{numic}@example.org;{phone}"
            for numic, phone in self.phones.items()
        ]
        source = self.folder / "voters.csv"
        source.write_text("\n".join(["numic;identifier;email;phone", *lines]), "utf-8")
        register = self.folder / "register.sqlite3"
        report = self.folder / "report.csv"
        return import_register(source, register, KEYRING, report=report, **options)

    def proposed(self) -> dict[int, dict[str, str]]:
        self.load(proposals=self.proposals)
        with self.proposals.open(encoding="utf-8", newline="") as file:
            return {int(row["numic"]): row for row in csv.DictReader(file, delimiter=";")}

    def confirm(self, answers: dict[int, dict[str, str]], **written: Any) -> None:
        """`written`: how the program that the consulate uses writes a CSV."""
        rows = self.proposed()
        names = list(next(iter(rows.values())))
        with self.repairs.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, **{"delimiter": ";"} | written)
            writer.writeheader()
            writer.writerows(row | answers.get(numic, {}) for numic, row in rows.items())

    async def voter(self, numic: int) -> Voter:
        register = SqliteRegister(self.folder / "register.sqlite3", KEYRING)
        voter = await register.find(Numic(f"{numic:08}"))
        register.close()
        assert voter is not None
        return voter


@pytest.fixture
def consulate(tmp_path: Path) -> Consulate:
    return Consulate(tmp_path)


async def test_what_is_proposed_is_not_applied(consulate: Consulate):
    """R50: a former number, a mobile without its prefix, a quantity: listed with what is probably
    meant, for its owner alone; the voter's number stays unusable until somebody has said yes."""
    rows = consulate.proposed()
    assert {
        numic: (row["number"], row["proposed"], row["sure"]) for numic, row in rows.items()
    } == {
        1: ("+241 07 12 34 56", "+241 77 12 34 56", "yes"),
        2: ("+225 60 12 34 56", "", "no"),
        3: ("+541 12 34 56 78 9", "+549 11 23 45 67 89", "no"),
        4: ("", "+436 64 12 34 56 7", "no"),
        6: ("+225 07 12 34 56", "+225 07 07 12 34 56", "yes"),
    }
    assert {row["confirmed"] for row in rows.values()} == {""}
    assert consulate.proposals.stat().st_mode & 0o777 == 0o600
    for numic in rows:
        voter = await consulate.voter(numic)
        assert (voter.phone, voter.has_unusable_phone) == (None, True)


async def test_a_file_that_nobody_answered_changes_nothing(consulate: Consulate):
    """R50: an empty answer is no answer, and « non » is one."""
    consulate.confirm({1: {"confirmed": "non"}})
    outcome = consulate.load(repairs=consulate.repairs)
    assert (outcome.confirmed, Hygiene.PHONE_REPAIRED in outcome.hygiene) == (0, False)
    assert (await consulate.voter(1)).phone is None


@pytest.mark.parametrize(
    "written", [{}, {"delimiter": ","}, {"delimiter": "\t"}, {"quoting": csv.QUOTE_ALL}], ids=str
)
async def test_what_is_confirmed_is_applied(consulate: Consulate, written: dict[str, Any]):
    """R50: as proposed; as corrected by the consulate; as it stands, if the consulate says so.
    Whatever the separator, and with every cell quoted, headings too."""
    consulate.confirm(
        {
            1: {"confirmed": "oui"},
            2: {"confirmed": "Yes", "proposed": "+225 01 60 12 34 56"},
            3: {"confirmed": "x", "proposed": "+54 11 2345 6789"},
            4: {"confirmed": "OUI", "proposed": "+43 664 1234567"},
        },
        **written,
    )
    outcome = consulate.load(repairs=consulate.repairs)
    assert (outcome.confirmed, outcome.hygiene[Hygiene.PHONE_REPAIRED]) == (4, 4)
    numbers = [(await consulate.voter(numic)).phone for numic in (1, 2, 3, 4, 6)]
    assert [number and number.value for number in numbers] == [
        "+24177123456", "+2250160123456", "+541123456789", "+436641234567", None,
    ]  # fmt: skip
    assert outcome.phones[PhoneKind.CONFIRMED] == 1
    assert outcome.unusable_phones == 1


async def test_a_repair_is_void_once_the_register_has_another_number(consulate: Consulate):
    """R50: what was confirmed was confirmed of the old number."""
    consulate.confirm({1: {"confirmed": "oui"}, 6: {"confirmed": "oui"}})
    consulate.phones[1] = "+33 6 12 34 56 79"
    del consulate.phones[6]
    outcome = consulate.load(repairs=consulate.repairs, max_removed=1)
    assert outcome.confirmed == 2
    assert Hygiene.PHONE_REPAIRED not in outcome.hygiene
    phone = (await consulate.voter(1)).phone
    assert phone is not None
    assert phone.value == "+33612345679"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"confirmed": "peut-être"}, "line 2: write oui or non"),
        ({"confirmed": "oui", "proposed": ""}, "line 2: confirmed, but no number"),
        ({"confirmed": "oui", "proposed": "77 12 34 56"}, "needs a [+] and its country code"),
        ({"confirmed": "oui", "proposed": "24177123456"}, "needs a [+] and its country code"),
        ({"confirmed": "oui", "proposed": "+241 07 12 34 56"}, "former numbering plan"),
        ({"confirmed": "oui", "proposed": "+33 1 42 68 53 00"}, "takes no SMS"),
        ({"confirmed": "oui", "numic": "1.0"}, "the NUMIC cannot be read"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(consulate: Consulate, answer, sentence):
    """R50: before anything is imported, with the line; no number is repeated."""
    consulate.confirm({1: answer})
    with pytest.raises(ImportFailed, match=sentence) as refusal:
        consulate.load(repairs=consulate.repairs)
    assert "12 34" not in str(refusal.value)


def test_two_answers_for_one_voter_are_refused(consulate: Consulate):
    """R50: nobody guesses which one is meant."""
    consulate.confirm({1: {"confirmed": "oui"}, 2: {"confirmed": "oui", "numic": "1",
                       "proposed": "+225 01 60 12 34 56"}})  # fmt: skip
    with pytest.raises(ImportFailed, match="line 3: this voter was confirmed before"):
        consulate.load(repairs=consulate.repairs)


@pytest.mark.parametrize("content", [b"numic;proposed\n1;2\n", b"\xff\xfe\x00", b""])
def test_another_file_is_refused(consulate: Consulate, content: bytes):
    """R50: a sentence, and no import."""
    consulate.repairs.write_bytes(content)
    with pytest.raises(ImportFailed, match="the repairs"):
        consulate.load(repairs=consulate.repairs)


def test_repairs_reach_every_process(consulate: Consulate):
    """R50: whichever process parses the line."""
    consulate.confirm({1: {"confirmed": "oui"}})
    outcome = consulate.load(repairs=consulate.repairs, processes=2)
    assert outcome.hygiene[Hygiene.PHONE_REPAIRED] == 1


def test_a_rejected_duplicate_proposes_nothing(consulate: Consulate, tmp_path: Path):
    """R50: what is not in the register needs no repair."""
    source, report = tmp_path / "twice.csv", tmp_path / "report.csv"
    line = "1;K7WPQ2M4XN9B;a@example.org;+24107123456"
    source.write_text(f"numic;identifier;email;phone\n{line}\n{line}\n", "utf-8")
    register = tmp_path / "twice.sqlite3"
    outcome = import_register(source, register, KEYRING, report=report, force=True)
    assert outcome.proposed == 1
