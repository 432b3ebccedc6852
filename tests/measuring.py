"""Where coverage is measured: up to Python 3.13 that takes as long as what it measures, libraries
included. It is measured while it grows.

A case of a test that reaches no line and no branch which was not reached before ends the measuring
of that test's other cases; so many tests in a row end that of their module. The hundred examples of
a property reach what the tests beside it do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import coverage
import pytest

from .isolation import untraced

TESTS = Path(__file__).parent
UNMEASURED = {"browser", "clients", "end_to_end", "simulation"}
"""Folders whose tests go through the whole once more, or through processes of their own: what they
reach in this one is covered by the tests beside the code."""
IN_VAIN = 10
"""Tests of a module in a row that reach nothing new."""


class Growth:
    """What each test adds to what was reached."""

    def __init__(self) -> None:
        self._in_vain: Counter[str | Path] = Counter()

    @contextmanager
    def of(self, item: pytest.Item) -> Iterator[None]:
        """Measured, with the fixtures of a whole module too, where it may still add something."""
        test = item.nodeid.partition("[")[0]
        if is_property(item) or not self._may_add(item.path, test):
            with untraced():
                yield
            return
        before = reached()
        yield
        grown = reached() > before
        self._in_vain[item.path] = 0 if grown else self._in_vain[item.path] + 1
        self._in_vain[test] += not grown

    def _may_add(self, module: Path, test: str) -> bool:
        if module.relative_to(TESTS).parts[0] in UNMEASURED:
            return False
        return not self._in_vain[test] and self._in_vain[module] < IN_VAIN


def is_property(item: pytest.Item) -> bool:
    """Whether hypothesis chooses its examples."""
    return getattr(getattr(item, "obj", None), "is_hypothesis_test", False)


def reached() -> int:
    """How many lines or branches were, in this process; 0 when nobody measures."""
    measuring = coverage.Coverage.current()
    collector = measuring and measuring._collector
    return sum(map(len, collector.data.values())) if collector else 0
