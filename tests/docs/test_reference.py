"""The reference pages that are written by hand name what the code has, and nothing else."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from core import events
from core.alert import AlertKind
from core.locale import Locale
from core.rows_deleted import RowsDeleted
from graphql_api.access.demands import Forbidden, SecretInUrl, Unauthenticated
from graphql_api.cli import cli
from graphql_api.schema.messages import catalogue

SUCCESSES = {"RENEWAL_REQUESTED", "PASSWORD_RENEWED", "ASSISTANCE_CONTACTED"}
_CODE = re.compile(r"[\"']([A-Z]{3,}(?:_[A-Z]+)+)[\"']")
_LINE = re.compile(
    r"_log\.(?:warning|error|log)\(\s*(?:\d+[^,]*,\s*)?\"(\w+)\"(?: if \w+ else \"(\w+)\")?"
)


def _first_cells(text: str) -> set[str]:
    """What stands in code style in the first column of the page's tables."""
    return set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))


def test_every_code_stands_on_the_page(read_page, root: Path) -> None:
    """R37: codes are a contract; each is explained, and none is explained that is gone."""
    by_hand = read_page("docs/reference/errors.md").text.partition("## What voters read")[0]
    gateway = root / "graphql_api"
    schema = gateway / "schema"
    sources = [schema / f"{name}.py" for name in ("errors", "dashboard", "evidence", "statistics")]
    sources += [*gateway.glob("documents/**/*.py"), *gateway.glob("over_http/*.py")]
    sources.remove(gateway / "over_http" / "receipts.py")  # answers providers, on a page of its own
    in_errors = {code for path in sources for code in _CODE.findall(path.read_text("utf-8"))}
    in_errors |= {Forbidden.code, SecretInUrl.code, Unauthenticated.code}
    sentences = set(catalogue(Locale.FR)) - SUCCESSES
    codes = {key for key in sentences if "." not in key}  # the others are cases of a code
    assert _first_cells(by_hand) == codes | in_errors


def _commands(group: typer.core.TyperGroup, prefix: str = "") -> dict[str, set[str]]:
    """Every command by its full name, with its options."""
    found: dict[str, set[str]] = {}
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            found |= _commands(command, f"{name} ")
        else:
            shown = [each for each in command.params if not getattr(each, "hidden", False)]
            options = {option for each in shown for option in each.opts}
            found[prefix + name] = {option for option in options if option.startswith("--")}
    return found


@pytest.fixture
def commands() -> dict[str, set[str]]:
    group = typer.main.get_command(cli)
    assert isinstance(group, typer.core.TyperGroup)
    return _commands(group)


def test_every_command_stands_on_the_page(read_page, commands) -> None:
    """The list of commands is the command line's own."""
    page = read_page("docs/reference/commands.md").text.partition("## Options")[0]
    shown = {re.sub(r" [A-Z.]+$", "", cell) for cell in _first_cells(page)}
    assert shown == set(commands)


def test_every_option_stands_on_the_page(read_page, commands) -> None:
    """The list of options, too."""
    page = read_page("docs/reference/commands.md").text
    shown = set(re.findall(r"`(--[\w-]+)`", page)) - {"--help"}
    assert shown == set().union(*commands.values()) - {"--help"}


def test_every_event_stands_on_the_page_with_its_members(read_page) -> None:
    """R42: whoever reads the journal finds each event and what it carries."""
    page = read_page("docs/reference/events-and-logs.md").text.partition("## Events")[2]
    alerts = events.Alert.__subclasses__()
    for event in (*events.Event.__subclasses__(), RowsDeleted, *alerts):
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", event.__name__).lower()
        members = [f"`{each.name}`" for each in fields(event) if each.name != "request_id"]
        assert re.search(rf"^\| `{name}` \| {', '.join(members)} ?\|", page, re.MULTILINE), name


def test_every_line_to_watch_is_one_that_is_written(read_page, root: Path) -> None:
    """Operators watch for lines that exist, and none worth watching is left out."""
    page = read_page("docs/reference/events-and-logs.md").text.partition("## Lines to watch")[2]
    texts = [
        path.read_text("utf-8")
        for folder in ("adapters", "graphql_api")
        for path in (root / folder).rglob("*.py")
    ]
    written = {name for text in texts for names in _LINE.findall(text) for name in names if name}
    everything = "".join(texts)
    shown = _first_cells(page)
    assert written <= shown
    assert [name for name in shown if f'"{name}"' not in everything] == []


def test_the_last_evening_names_what_is_told(read_page) -> None:
    """R32: U9: whoever is on duty looks for alerts that exist."""
    alerts = (each.__name__ for each in events.Alert.__subclasses__())
    known = {re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() for name in alerts} | set(AlertKind)
    page = read_page("docs/how-to/the-last-evening.md").text
    rows = re.findall(r"^\| (`[^|]+) \|", page, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert named >= {"workers_missing", "neighbour_down", "spending_stopped", "voters_unreached"}
    assert named <= known


def test_each_option_has_one_row(read_page) -> None:
    """U7: of a command; an empty cell stands for the command above."""
    page = read_page("docs/reference/commands.md").text.partition("## Options")[2]
    rows, command = [], ""
    for above, option in re.findall(r"^\| (.*?) ?\| `(--[\w-]+)` \|", page, re.MULTILINE):
        command = above or command
        rows.append((command, option))
    assert len(rows) > 20
    assert sorted(rows) == sorted(set(rows))


@pytest.mark.parametrize("name", ["errors", "events-and-logs", "figures", "settings"])
def test_what_is_told_has_one_row(read_page, name: str) -> None:
    """R42: two rows of one name say two things of it, and one of them grows old (U7)."""
    for part in read_page(f"docs/reference/{name}.md").text.split("\n## ")[1:]:
        named = re.findall(r"^\| `([^`]+)` \|", part, re.MULTILINE)
        assert sorted(named) == sorted(set(named))


def test_the_last_release_is_the_one_that_is_named(read_page, root: Path) -> None:
    """R41: the policy sends partners to the newest schema that was released."""
    released = (path.stem for path in (root / "docs/schemas").glob("*.graphql"))
    last = max(released, key=lambda version: [int(part) for part in version.split(".")])
    named = re.findall(
        r"schemas/([\d.]+)\.graphql", read_page("docs/reference/schema-policy.md").text
    )
    assert set(named) == {last}


def test_fields_are_not_counted_on_pages(root: Path) -> None:
    """R41: "two queries" is wrong with the next one: pages say what there is, not how many."""
    counted = re.compile(r"\b(two|three|four|five|six|seven|eight) (queries|mutations)\b", re.I)
    pages = [root / "README.md", *(root / "docs").rglob("*.md")]
    assert [page.name for page in pages if counted.search(page.read_text("utf-8"))] == []
