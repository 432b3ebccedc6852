"""Numbers that are probably meant: proposed by the import, confirmed by the consulate, applied by a
later import (R50).

One CSV goes out and comes back. Out: `line;numic;number;proposed;sure;code;confirmed`, the last one
empty. Back: `oui` or `yes` under `confirmed`, and under `proposed` the number that the consulate
knows to be the voter's. A repair is for one voter and one number: once the register has another
number for that voter it is void. It holds personal data; keep it as the register is kept.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from adapters.numbering import PhoneKind, Reading, read
from adapters.register.import_csv import strict
from adapters.register.import_csv.outcome import ImportFailed
from adapters.register.import_csv.strict import Fault
from core.typed_text import plain
from core.voter import NUMIC_DIGITS, PhoneNumber

HEADER = ("line", "numic", "number", "proposed", "sure", "code", "confirmed")
_NEEDED = ("numic", "number", "proposed", "confirmed")
_YES = frozenset({"oui", "yes", "o", "y", "x", "1", "vrai", "true"})
_NO = frozenset({"", "non", "no", "n", "0", "faux", "false"})
_MOST = 1 << 20
"""Lines; more is no list that people have confirmed."""


class Proposal(NamedTuple):
    """A number that cannot stay, and what it may have to be. `number` is None when none could be
    read."""

    line: int
    numic: int
    number: PhoneNumber | None
    proposed: PhoneNumber | None
    sure: bool
    code: str

    def cells(self) -> tuple[str, ...]:
        """Of the CSV. With spaces in the numbers, lest a spreadsheet takes them for quantities."""
        sure = "yes" if self.sure else "no"
        numbers = (_spaced(self.number), _spaced(self.proposed))
        return (str(self.line), f"{self.numic:08d}", *numbers, sure, self.code, "")


class Repair(NamedTuple):
    """The consulate's word: this voter's phone, which the file has as `number`, is `repaired`."""

    number: str
    repaired: Reading


def read_repairs(path: Path) -> Mapping[int, Repair]:
    """The confirmed ones by NUMIC. Raises `ImportFailed`, naming a line and nothing of it."""
    repairs: dict[int, Repair] = {}
    for line, row in _rows(path):
        answer = plain(row["confirmed"]).strip().casefold()
        if answer in _NO:
            continue
        if answer not in _YES:
            raise _failed(line, "write oui or non under « confirmed »")
        numic = strict.digits(row["numic"], NUMIC_DIGITS)
        if isinstance(numic, Fault):
            raise _failed(line, "the NUMIC cannot be read")
        if int(numic) in repairs:
            raise _failed(line, "this voter was confirmed before, with another line")
        number = _digits(row["number"])
        repairs[int(numic)] = Repair(number, _confirmed(line, number, row["proposed"]))
    return repairs


def _confirmed(line: int, number: str, proposed: str) -> Reading:
    if not proposed.strip():
        raise _failed(line, "confirmed, but no number stands under « proposed »")
    reading = read(proposed, None)
    if reading.number is None or reading.without_code:
        raise _failed(line, "the number under « proposed » needs a + and its country code")
    if reading.kind is PhoneKind.RENUMBERED:
        raise _failed(line, "the number under « proposed » is of a former numbering plan")
    if _digits(reading.number.value) == number:
        return Reading(reading.number, PhoneKind.CONFIRMED)
    if not reading.takes_sms:
        raise _failed(line, "the number under « proposed » takes no SMS")
    return Reading(reading.number, reading.kind)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            separator = max(";,\t", key=header.count)
            headings = next(csv.reader([header], delimiter=separator), [])
            names = [name.strip().casefold() for name in headings]
            if any(name not in names for name in _NEEDED):
                raise ImportFailed(f"the repairs need the columns {', '.join(_NEEDED)}")
            for line, cells in enumerate(csv.reader(file, delimiter=separator), 2):
                if line > _MOST:
                    raise _failed(line, "no list that people have confirmed is that long")
                if any(cell.strip() for cell in cells):
                    yield line, dict(zip(names, [*cells, *("",) * len(names)], strict=False))
    except (UnicodeDecodeError, csv.Error):
        raise ImportFailed("the repairs are no CSV in UTF-8") from None


def _failed(line: int, reason: str) -> ImportFailed:
    return ImportFailed(f"repairs, line {line}: {reason}")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", plain(text))


def _spaced(number: PhoneNumber | None) -> str:
    """Groups of three and two digits: no quantity in any country."""
    if number is None:
        return ""
    digits = number.value[1:]
    return f"+{digits[:3]} " + " ".join(re.findall(r"\d\d?", digits[3:]))
