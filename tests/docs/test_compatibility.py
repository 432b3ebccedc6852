"""The page on what `reassort` was run with is held to its sources and to the locks."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

PAGE = "docs/reference/compatibility.md"
HEADING = ["with", "tried", "works", "set", "do not expect", "run"]
FOLDERS = ("tests/plugging", "tests/plugging/hive", "tests/clients/typescript", "tests/servers")
"""Those whose npm locks say what runs."""
WRITTEN = {"Apollo Gateway": "@apollo/gateway", "Hive Gateway": "@graphql-hive/gateway"}
"""Packages that the page calls by another name."""
PYTHON = {"Starlette": "starlette", "Strawberry": "strawberry-graphql"}
_ROW = re.compile(r"^\| (.+) \|$", re.MULTILINE)
_PATH = re.compile(r"`((?:tests|docs)/[\w./-]+)`")
_NAMED = re.compile(r"([@\w][\w/@ -]*?) (\d+(?:\.\d+)+\w*)")
_TRIED = re.compile(r"20\d\d-\d\d-\d\d|each test run(, where it is installed)?")


@pytest.fixture
def rows(read_page) -> list[list[str]]:
    """The cells of every table of the page, without headings."""
    found = [cells.split(" | ") for cells in _ROW.findall(read_page(PAGE).text)]
    assert found.count(HEADING) == len(re.findall(r"^## ", read_page(PAGE).text, re.M))
    return [cells for cells in found if cells != HEADING]


def test_each_row_says_what_was_run(rows) -> None:
    """R39, R41: when, what works, and a test, trial or page of this checkout from which it is."""
    assert len({cells[0] for cells in rows}) == len(rows) > 25
    for cells in rows:
        assert len(cells) == len(HEADING), cells[0]
        what, tried, works, *_, _run = cells
        assert what.strip()
        assert works.strip(), what
        assert _TRIED.fullmatch(tried), what


def test_each_source_is_there(rows, root: Path) -> None:
    """The last column holds names of files, and nothing else; what tests run names a test."""
    for what, tried, *_, run in rows:
        sources = _PATH.findall(run)
        assert sources, what
        assert _PATH.sub("", run).strip(", ") == "", what
        assert [each for each in sources if not (root / each).is_file()] == [], what
        if tried.startswith("each test run"):
            assert any(re.search(r"/test_\w+\.py$", each) for each in sources), what


def test_versions_are_those_of_the_locks(rows) -> None:
    """Whoever brings a newer one runs it, and says so here."""
    held, wrong = 0, []
    for cells in rows:
        for name, version in _NAMED.findall(cells[0]):
            known = _locked().get(WRITTEN.get(name, PYTHON.get(name, name.split()[-1])))
            held += known is not None
            if known not in (None, version):
                wrong.append(f"{name} {version}: the lock has {known}")
    assert wrong == []
    assert held >= 15


@cache
def _locked() -> dict[str, str]:
    """The versions in force, by package."""
    root = Path(__file__).parents[2]
    lines = (root / "requirements-test.txt").read_text("utf-8")
    found = dict(re.findall(r"^([\w-]+)(?:\[[\w,]+\])?==(\S+)", lines, re.MULTILINE))
    for folder in FOLDERS:
        lock = json.loads((root / folder / "package-lock.json").read_text("utf-8"))["packages"]
        of_ours = {**lock[""].get("dependencies", {}), **lock[""].get("devDependencies", {})}
        found |= {name: lock[f"node_modules/{name}"]["version"] for name in of_ours}
    return found
