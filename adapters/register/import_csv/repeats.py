"""Numbers that come back among millions, without keeping millions of Python objects."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator

_FIRST_SIZE = 1 << 16
_FULL = 0.6
_SPREAD = 0x9E3779B1
"""Knuth's multiplicative hashing: 2^32 divided by the golden ratio."""


class Seen:
    """A set of integers from 0 to 2^32 - 2, in 4 to 14 bytes each (a Python set takes 75)."""

    def __init__(self) -> None:
        self._slots = array("I", bytes(4 * _FIRST_SIZE))
        self._mask = _FIRST_SIZE - 1
        self._count = 0

    def add(self, number: int) -> bool:
        """Whether the number was new."""
        stored = number + 1  # 0 marks a free slot
        slots, mask = self._slots, self._mask
        place = (stored * _SPREAD >> 7) & mask
        while found := slots[place]:
            if found == stored:
                return False
            place = (place + 1) & mask
        slots[place] = stored
        self._count += 1
        if self._count > _FULL * len(slots):
            self._grow()
        return True

    def _grow(self) -> None:
        old = self._slots
        self._slots = array("I", bytes(4 * 2 * len(old)))
        self._mask = len(self._slots) - 1
        self._count = 0
        for stored in old:
            if stored:
                self.add(stored - 1)


class Shared:
    """Tells which lines share a number (below 2^64) with another line: a phone, a mailbox.

    A bit for each number's remainder finds the few numbers worth counting exactly: 12 bytes a line
    and 8 MiB.
    """

    _BITS = 1 << 26

    def __init__(self) -> None:
        self._numbers = array("Q")
        self._lines = array("I")
        self._bits = bytearray(self._BITS // 8)
        self._suspects: set[int] = set()

    def add(self, number: int, line: int) -> None:
        self._numbers.append(number)
        self._lines.append(line)
        remainder = (number * _SPREAD >> 5) % self._BITS
        place, bit = remainder >> 3, 1 << (remainder & 7)
        if self._bits[place] & bit:
            self._suspects.add(number)
        else:
            self._bits[place] |= bit

    def lines(self) -> Iterator[int]:
        """Lines of the numbers added more than once, in the order of adding."""
        suspects = self._suspects
        times = Counter(number for number in self._numbers if number in suspects)
        for number, line in zip(self._numbers, self._lines, strict=True):
            if number in suspects and times[number] > 1:
                yield line
