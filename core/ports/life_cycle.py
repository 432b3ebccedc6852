"""What an adapter may do besides its port: none has to.

Anyone who composes an application asks each adapter which of these it keeps.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable


@runtime_checkable
class Starts(Protocol):
    """Keeps a connection, which it makes before it is needed."""

    async def start(self) -> None:
        """Returns after the first attempt, and raises nothing: the connection is tried again until
        the adapter is closed."""
        ...


@runtime_checkable
class Closes(Protocol):
    """Holds files, connections or threads."""

    async def aclose(self) -> None:
        """Let go of them. May be repeated."""
        ...


@runtime_checkable
class Checks(Protocol):
    """Can be tried without changing anything."""

    async def check(self) -> None:
        """Raises the `DependencyFailure` of its port when it could not do its part now."""
        ...


@runtime_checkable
class Lacks(Protocol):
    """Stands before a neighbour that may offer less than we would use."""

    async def lacking(self) -> Sequence[str]:
        """What is missing there and what follows from it, a sentence each; nothing is changed.
        Raises as `Checks` does."""
        ...
