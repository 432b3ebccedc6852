"""Password keys of one day each, which are destroyed."""

from datetime import date
from typing import Protocol, runtime_checkable

from core.password_keys import PasswordKeys


@runtime_checkable
class DailyKeys(PasswordKeys, Protocol):
    """Kept in a file. From a day's key follow those of later days, and none of an earlier one: a
    key that is destroyed is gone. Days are those of UTC."""

    def file_id(self) -> str:
        """Which file this is: the same in every copy of it. Raises `KeyUnavailable`."""
        ...

    def oldest(self) -> date:
        """The first day whose key is here. Raises `KeyUnavailable`."""
        ...

    def load(self, make: bool = False) -> None:
        """Read the file. `make`: one that is missing is made, where that need not be asked for.
        Raises `KeyUnavailable`, whose text says in a sentence what to do."""
        ...

    def day_of(self, key_id: str) -> date | None:
        """The day of this key; None when it is none of this file's."""
        ...

    async def destroy_before(self, day: date) -> None:
        """Forget the keys of the days before, in the file and in memory. Raises `KeyUnavailable`
        when the file cannot be written: then nothing is forgotten."""
        ...
