"""What a simulated election writes into the product's tables, change by change: see
`adapters.replay.recorded` for how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from adapters.replay.recorded import MADE_ANEW, NOT_RECORDED, TABLES
from adapters.store.sql import to_column

from .election import Election

Values = dict[str, Any]


@dataclass
class Recorder:
    """The changes from the beginning of the election on: it is to be the one that looks on."""

    election: Election
    rows: list[tuple[int, str, Values]] = field(default_factory=list[tuple[int, str, Values]])
    """Milliseconds since 1970, the table, the whole row."""
    begins: bool = True

    async def __call__(self) -> None:
        if self.begins:
            self.election.portal.store.observe(TABLES, self._note)
        self.begins = False

    def _note(self, table: str, row: str) -> None:
        self.rows.append((_since_1970(self.election.clock.now()), table, orjson.loads(row)))

    def changes(self) -> Iterator[list[Any]]:
        """Each as a line has it."""
        before = _since_1970(self.election.profile.renewals_from)
        known: dict[tuple[Any, ...], Values] = {}
        numbers: dict[str, str] = {}
        for at, table, row in self.rows:
            if table == "recovery_request":
                numbers.setdefault(row["id"], f"#{1 + len(numbers)}")
            told = _told(row, numbers)
            key = [told.pop(each) for each in TABLES[table]]
            was = known.get((table, *key))
            changed = {name: x for name, x in told.items() if x != (was or {}).get(name)}
            known[table, *key] = told
            if changed:
                values = {name: _from(at, name, x) for name, x in changed.items()}
                yield [at - before, "add" if was is None else "set", table, key, values]
                before = at


def _told(row: Values, numbers: dict[str, str]) -> Values:
    return {name: _value(name, x, numbers) for name, x in row.items() if name not in NOT_RECORDED}


def _value(name: str, value: Any, numbers: dict[str, str]) -> Any:
    if value is None or name in MADE_ANEW:
        return True if value else None
    if name.endswith("_at"):
        return value // 1000
    if not isinstance(value, str):
        return value
    if name == "number":
        return int(value.removeprefix("numic:"))
    subject, dot, rest = value.partition(".")
    return numbers[subject] + dot + rest if subject in numbers else value


def _from(at: int, name: str, value: Any) -> Any:
    return value - at if name.endswith("_at") and value is not None else value


def _since_1970(moment: datetime) -> int:
    column = to_column(moment)
    assert column is not None
    return column // 1000
