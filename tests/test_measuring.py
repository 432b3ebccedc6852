"""Coverage is measured while it grows, and no longer."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import coverage
import pytest

from tests import measuring
from tests.measuring import IN_VAIN, TESTS, Growth, reached


@pytest.fixture
def tracer() -> Iterator[object]:
    """Stands for coverage's."""
    before = sys.gettrace(), threading.gettrace()

    def tracer(*_: object) -> None: ...

    sys.settrace(tracer)
    threading.settrace(tracer)
    yield tracer
    sys.settrace(before[0])
    threading.settrace(before[1])


@pytest.fixture
def measured(tracer, monkeypatch):
    """Runs a test of `adds` new lines; whether it was measured."""
    growth, lines = Growth(), [0]
    monkeypatch.setattr(measuring, "reached", lambda: lines[0])

    def run(test: str, adds: int = 0, module: str = "core/test_voter.py", **more: object) -> bool:
        item = SimpleNamespace(path=TESTS / module, nodeid=f"{module}::{test}", **more)
        with growth.of(item):
            traced = sys.gettrace() is tracer
            lines[0] += adds * traced
        return traced

    return run


def test_cases_of_a_test(measured):
    """A case that reaches nothing new is the last of its test that is measured."""
    assert [measured(f"test_a[{case}]", adds) for case, adds in enumerate((2, 1, 0, 5))] == [
        *(True, True, True, False)
    ]
    assert measured("test_b[0]")


def test_tests_of_a_module(measured):
    """So many in vain end it, unless one of them reached something; another module goes on."""
    assert all(measured(f"test_{number}") for number in range(IN_VAIN - 1))
    assert measured("test_late", 1)
    assert all(measured(f"test_other_{number}") for number in range(IN_VAIN))
    assert not measured("test_last", 1)
    assert measured("test_last", module="core/test_keys.py")


def test_never_measured(measured):
    """Folders whose tests go through the whole, and properties."""
    assert not measured("test_a", module="browser/test_flow.py")
    assert not measured("test_a", obj=SimpleNamespace(is_hypothesis_test=True))


def test_what_was_reached_is_known():
    """coverage keeps it where we look for it."""
    assert (reached() > 0) == (coverage.Coverage.current() is not None)
