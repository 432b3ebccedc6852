"""Numbers of former numbering plans, and what became of them.

`changes.csv` is the table, with the source of each line; what could not be confirmed is marked.
Nothing is mended here: `new` is a proposal that the consulate confirms.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE


class Death(StrEnum):
    """Whether a number of this form still reaches anybody."""

    YES = "yes"
    UNKNOWN = "unknown"
    """Only when the library knows no such number: another one may look the same."""
    NO = "no"


@dataclass(frozen=True)
class Change:
    """One line of the table. Patterns are of all digits, the country code included."""

    country: str
    old: re.Pattern[str]
    new: str
    dead: Death
    sure: bool
    """Whether the source tells what the new number is; otherwise the voter has to be asked."""
    source: str

    def proposal(self, digits: str) -> str | None:
        """The digits of the number that is probably meant."""
        return self.old.sub(self.new, digits) if self.new else None


def change_of(digits: str) -> Change | None:
    """The first line of the table that speaks of the number "+" `digits`."""
    changes = _by_code().get(digits[:3]) or _by_code().get(digits[:2])
    if changes is None:
        return None
    return next((each for each in changes if each.old.fullmatch(digits)), None)


def all_changes() -> tuple[Change, ...]:
    """The table, in its order."""
    return tuple(change for changes in _by_code().values() for change in changes)


@cache
def _by_code() -> dict[str, tuple[Change, ...]]:
    """By country code; none of the table has a single digit."""
    table = files("adapters.numbering").joinpath("changes.csv").read_text("utf-8")
    changes: dict[str, list[Change]] = {}
    for row in csv.DictReader(table.splitlines()):
        change = Change(
            country=row["country"],
            old=re.compile(row["old"]),
            new=row["new"],
            dead=Death(row["dead"]),
            sure=row["sure"] == "yes",
            source=row["source"],
        )
        changes.setdefault(_code(row["old"]), []).append(change)
    return {code: tuple(each) for code, each in changes.items()}


def _code(old: str) -> str:
    length = 2 if int(old[:2]) in COUNTRY_CODE_TO_REGION_CODE else 3
    return old[:length]
