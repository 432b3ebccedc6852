"""The headers of a request, gone through once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

HeaderList = Iterable[tuple[bytes, bytes]]


class Head:
    """Headers by their name, in lower case as ASGI has them."""

    __slots__ = ("_by_name", "came")

    def __init__(self, came: HeaderList) -> None:
        self.came = [(name, value) for name, value in came]
        """In the order in which they came, also those that came twice."""
        self._by_name = dict(self.came)

    def all(self, name: bytes) -> Sequence[bytes]:
        """Every value of this name."""
        if name not in self._by_name:
            return ()
        if len(self._by_name) == len(self.came):
            return (self._by_name[name],)
        return [value for each, value in self.came if each == name]

    def first(self, name: bytes) -> str | None:
        """The first value of this name; None when there is none."""
        found = self.all(name)
        return found[0].decode("latin-1") if found else None

    @property
    def accept(self) -> str | None:
        """What the caller reads; several headers count as one list (RFC 9110, 5.3)."""
        return b", ".join(self.all(b"accept")).decode("latin-1") or None
