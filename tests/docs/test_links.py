"""What the pages point to is there: links, headings, files, modules, requirements."""

from __future__ import annotations

import re
from pathlib import Path

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:core|adapters|graphql_api|docs|tests)/[\w./-]*|\.ci/run)`")
_REQUIREMENT = re.compile(r"\bR\d+\b(?!-)")
_ELSEWHERE = ("https://", "http://", "mailto:")


def _anchors(text: str) -> set[str]:
    """The anchors that a host of Markdown gives to headings."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", title.lower()).strip() for title in titles)
    return {re.sub(r"\s", "-", title) for title in plain}


def test_relative_links_lead_somewhere(page) -> None:
    """Every relative link names a file that exists, and a heading in it if it names one."""
    broken = []
    for link in _LINK.findall(page.prose):
        if link.startswith(_ELSEWHERE):
            continue
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        if not target.exists() or (anchor and anchor not in _anchors(target.read_text("utf-8"))):
            broken.append(link)
    assert broken == []


def test_files_that_are_named_exist(page, root: Path) -> None:
    """A page that names a file of the checkout names one that is there."""
    assert [name for name in _PATH.findall(page.prose) if not (root / name).exists()] == []


def test_fences_are_closed(page) -> None:
    """Every fenced block is opened with a language (Mermaid's included) and closed."""
    fences = re.findall(r"^```.*$", page.text, re.MULTILINE)
    assert len(fences) == 2 * len(page.blocks)
    assert all(block.language for block in page.blocks)


def test_mermaid_blocks_begin_with_a_diagram(page) -> None:
    """A Mermaid block that does not say what it draws is shown as an error."""
    diagrams = ("stateDiagram-v2\n", "sequenceDiagram\n", "flowchart ")
    drawn = [block.text for block in page.blocks if block.language == "mermaid"]
    assert all(text.startswith(diagrams) for text in drawn)


def test_requirements_that_are_cited_exist(page, read_page) -> None:
    """`R13` in a page is a line of the requirements page."""
    known = re.findall(r"^\| (R\d+) ", read_page("docs/reference/requirements.md").text, re.M)
    assert set(_REQUIREMENT.findall(page.prose)) <= set(known)


def test_requirements_cited_in_the_code_exist(root: Path, read_page) -> None:
    """What a docstring or a test cites can be looked up."""
    known = set(re.findall(r"^\| (R\d+) ", read_page("docs/reference/requirements.md").text, re.M))
    folders = ("core", "adapters", "graphql_api", "tests")
    cited = {
        number
        for folder in folders
        for path in (root / folder).rglob("*.py")
        for number in re.findall(r"\b(R\d\d?)\b(?!-)", path.read_text("utf-8"))
    }
    assert cited - known == set()


def test_every_page_is_reached_from_the_readme(pages, root: Path) -> None:
    """No page is an island."""
    reached, open_pages = set(), [root / "README.md"]
    while open_pages:
        path = open_pages.pop()
        if path in reached:
            continue
        reached.add(path)
        links = [link.partition("#")[0] for link in _LINK.findall(path.read_text("utf-8"))]
        targets = [(path.parent / link).resolve() for link in links if link.endswith(".md")]
        open_pages += [target for target in targets if target.exists()]
    islands = {page.path for page in pages} - reached
    assert {path.name for path in islands} <= {"CHANGELOG.md", "SECURITY.md"}
