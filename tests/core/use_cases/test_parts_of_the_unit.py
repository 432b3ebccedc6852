"""A use case asks for the part of the unit of work that it needs, and no more."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from core import use_cases
from core.ports import unit_of_work
from core.ports.unit_of_work import UnitOfWork

FILES = sorted(Path(use_cases.__path__[0]).glob("*.py"))
PARTS = [each for each in UnitOfWork.__mro__ if each.__module__ == unit_of_work.__name__][1:]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_use_case_asks_for_all_of_it(file):
    """What a step can change is read in its signature."""
    text = file.read_text("utf-8")
    assert "UnitOfWork" not in text
    assert "BeginUnit" not in text


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_a_part_is_narrow(part):
    """Six ports and a verb at most."""
    ports = [name for name, _ in inspect.getmembers(part) if not name.startswith("_")]
    assert 1 <= len(ports) <= 7


def test_the_parts_are_all_of_it():
    """An engine gives what some use case asks for, and nothing besides."""
    assert not [name for name in vars(UnitOfWork) if not name.startswith("_")]
