"""What the tests of the documentation share: the pages, and their fenced blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page: its language and its lines."""

    language: str
    text: str


@dataclass(frozen=True)
class Page:
    """One page in Markdown."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        return self.path.read_text("utf-8")

    @property
    def prose(self) -> str:
        """The page without its fenced blocks."""
        return _FENCED.sub("", self.text)

    @property
    def blocks(self) -> list[Block]:
        return [Block(*found) for found in _FENCED.findall(self.text)]


def _pages() -> list[Page]:
    return [Page(path) for path in (*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md")))]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `page` runs over every page."""
    if "page" in metafunc.fixturenames:
        pages = _pages()
        metafunc.parametrize("page", pages, ids=[page.name for page in pages])


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture
def read_page():
    """Reads one page by its path from the root."""
    return lambda name: Page(ROOT / name)


@pytest.fixture
def pages() -> list[Page]:
    """Every page of the documentation."""
    return _pages()
