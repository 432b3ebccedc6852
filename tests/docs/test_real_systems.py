"""The page on what real systems do is held to the tests that it names."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from pathlib import Path

import pytest

PAGE = "docs/reference/what-real-systems-do.md"
HEADING = ["case", "0.2.0", "now", "test"]
_CELLS = re.compile(r"^\| (.+) \|$", re.MULTILINE)
_LABEL = re.compile(r"[NLSMGWUPFA]-?\d+\b")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
KINDS = {
    "N": range(1, 8),
    "L": range(1, 5),
    "S": range(1, 8),
    "M": range(1, 7),
    "G": range(1, 9),
    "W": range(1, 7),
    "U": range(1, 11),
    "P": range(1, 4),
    "F-": (*range(1, 5), *range(6, 10)),
    "A": range(1, 13),
}
"""What was seen on 0.2.0, by kind; further numbers are what was found besides."""


@pytest.fixture
def rows(read_page) -> list[list[str]]:
    """The cells of every table of the page, without headings."""
    found = [cells.split(" | ") for cells in _CELLS.findall(read_page(PAGE).prose)]
    assert found.count(HEADING) == 10
    return [cells for cells in found if cells != HEADING]


def test_each_case_stands_there_once(rows) -> None:
    """None is left out, and none told twice."""
    labels = Counter(label[0] for cells in rows if (label := _LABEL.match(cells[0])))
    assert sum(labels.values()) == len(rows)
    assert [label for label, times in labels.items() if times > 1] == []
    assert {f"{kind}{each}" for kind, numbers in KINDS.items() for each in numbers} <= set(labels)


def test_no_cell_is_empty(rows) -> None:
    """Each says what was, what is, and what holds it."""
    assert [cells for cells in rows if len(cells) != len(HEADING)] == []
    assert [cells for cells in rows if not all(re.search(r"\w\w", each) for each in cells)] == []


def test_each_named_test_exists(rows, root: Path) -> None:
    """By its file and its name; each case has one, and the last column holds nothing else."""
    known: dict[str, set[str]] = {}
    missing = []
    for label, _, _, named in rows:
        tests = _TEST.findall(named)
        assert tests, label
        assert _TEST.sub("", named).replace("<br>", "") == "", label
        for file, name in tests:
            if file not in known:
                known[file] = _functions(root / file)
            if name not in known[file]:
                missing.append(f"{file}::{name}")
    assert missing == []


def test_the_written_forms_are_counted(read_page, root: Path) -> None:
    """The page says how many forms of numbers there are, and of how many countries."""
    with (root / "tests/adapters/numbers_as_written.csv").open(encoding="utf-8") as file:
        countries = [each["country"] for each in csv.DictReader(file)]
    told = f"{len(countries)} written forms of telephone numbers of {len(set(countries))} countries"
    assert told in read_page(PAGE).text


def _functions(path: Path) -> set[str]:
    if not path.exists():
        return set()
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    kinds = ast.FunctionDef, ast.AsyncFunctionDef
    return {
        each.name for each in nodes if isinstance(each, kinds) and each.name.startswith("test_")
    }
