"""What the import asks of the place where the register is kept."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from adapters.register.import_csv.parsing import Row
from core.keys import Keyring


@dataclass(frozen=True)
class Changes:
    """Voters against the previous register."""

    added: int
    updated: int
    unchanged: int
    removed: int
    hashed_anew: bool = False
    """The previous register's identifiers were hashed under another key: none was compared."""


class NewRegister(Protocol):
    """An unfinished register, made beside the one that answers. All may raise `ImportFailed`."""

    def add(self, rows: list[Row]) -> None:
        """Voters whose NUMIC and NUMEL nobody has yet."""
        ...

    def seal(self, keyring: Keyring) -> None:
        """Nobody comes after this: indexes, and marks of a register under the newest key."""
        ...

    def phones_by_kind(self) -> dict[str, int]:
        """Voters with each kind of phone."""
        ...

    def changes(self, key_id: str) -> Changes:
        """Compares with the previous register; everybody is new when there is none. `key_id` is
        the key of the new one."""
        ...

    def put_in_place(self, summary: str) -> None:
        """From here on it is the register, and survives a crash; `summary` is kept with it.
        Nothing may follow."""
        ...


class Destination(Protocol):
    """Where the register is kept."""

    def begin(self) -> AbstractContextManager[NewRegister]:
        """A new register, gone at the end unless it was put in place. Sweeps up what an import that
        was killed has left. Raises `ImportFailed` when another import is running, and when the
        place cannot be reached."""
        ...
