"""A recorded election: what it was, and each change of a row that it made, in its order.

One file an election, JSON lines under gzip. The first line is the heading. Each other line is a
change: milliseconds since the change before (the first: since the heading's `opens_at`), `add` or
`set`, the table, the row's key, and the columns that have changed. Columns that end in `_at` are
milliseconds since the change itself; `#12` stands for the twelfth request's id; `true` for what
depends on a key or on chance.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

ELECTIONS = "elections"
_FOLDER = files("adapters.replay").joinpath(ELECTIONS)
ENDING = ".jsonl.gz"
TABLES: Mapping[str, tuple[str, ...]] = {
    "recovery_request": ("id",),
    "delivery": ("id",),
    "attempt": ("delivery", "number"),
    "mail_attempt": ("delivery", "number"),
}
"""What is recorded, with its key. All else that an election leaves comes of it by triggers and by
what workers do now and then."""
MADE_ANEW = frozenset(
    {
        *("voter", "round_voter", "link_key", "link_nonce", "link_digest"),
        *("seed", "password_key"),
    }
)
"""Columns that depend on a key or on chance: whether there is anything is recorded."""
NOT_RECORDED = frozenset({"pair", "typed_email"})
"""Follow from the voter."""


@dataclass(frozen=True)
class Heading:
    """What the election was. `opens_at` and `closes_at` are those of the round, in which voters
    renew; `starts_at` is when whoever looks at it had best begin. Routes by name: units of money an
    SMS, and seconds until the next route is tried."""

    about: str
    title: str
    voters: int
    round: str
    opens_at: datetime
    vote_opens_at: datetime
    closes_at: datetime
    starts_at: datetime
    routes: Mapping[str, tuple[float, float]]

    @classmethod
    def read(cls, line: bytes) -> Heading:
        told = orjson.loads(line)
        moments = {
            name: datetime.fromisoformat(x) for name, x in told.items() if name.endswith("_at")
        }
        routes = {name: (cost, within) for name, (cost, within) in told["routes"].items()}
        return cls(**{**told, **moments, "routes": routes})


@dataclass(frozen=True)
class Change:
    """One row, added or changed. `key` holds the values of the columns that `TABLES` names."""

    at: datetime
    is_new: bool
    table: str
    key: tuple[Any, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Recorded:
    """One election."""

    name: str
    heading: Heading
    lines: tuple[bytes, ...]

    def changes(self) -> Iterator[Change]:
        """In the order in which they happened."""
        at = self.heading.opens_at
        for line in self.lines:
            wait, verb, table, key, values = orjson.loads(line)
            at += timedelta(milliseconds=wait)
            yield Change(at, verb == "add", table, tuple(key), values)


def election_names() -> list[str]:
    """Those that are in the package."""
    return sorted(
        each.name.removesuffix(ENDING) for each in _FOLDER.iterdir() if each.name.endswith(ENDING)
    )


def read_election(name: str) -> Recorded:
    """Raises `KeyError` for one that is not in the package."""
    if name not in election_names():
        raise KeyError(name)
    packed = _FOLDER.joinpath(f"{name}{ENDING}").read_bytes()
    first, *lines = gzip.decompress(packed).splitlines()
    return Recorded(name, Heading.read(first), tuple(lines))


def write_election(path: Path, lines: Iterable[bytes]) -> None:
    """The same lines make the same file."""
    path.write_bytes(gzip.compress(b"\n".join(lines) + b"\n", 9, mtime=0))
