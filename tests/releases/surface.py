"""What others build on, besides the schema: settings, commands, metrics, lines of the log, codes.

Of a released version it is written down once, in its work tree with its environment:

    python -P .../tests/releases/surface.py . > .../tests/releases/surfaces/0.2.0.json

`test_surface.py` holds what later versions offer against it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Surface = dict[str, Any]
METRIC = re.compile(r'MetricFamily\(\s*"(reassort_[a-z_]+)"')
NAMES = re.compile(r"`(\w+)`")


def surface(root: Path) -> Surface:
    """Of the version that is imported, whose pages are below `root`."""
    reference = root / "docs/reference"
    code = [file.read_text("utf-8") for file in (root / "graphql_api").rglob("*.py")]
    return {
        "settings": dict(sorted(_settings())),
        "commands": dict(sorted(_commands())),
        "metrics": sorted({name for text in code for name in METRIC.findall(text)}),
        "lines": dict(_rows((reference / "events-and-logs.md").read_text("utf-8"))),
        "codes": sorted(dict(_rows((reference / "errors.md").read_text("utf-8")))),
    }


def _settings() -> Iterator[tuple[str, Any]]:
    """By the variable: the name for hosts, and the default."""
    from graphql_api.settings import Settings, variable

    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        yield variable(name, field), {"field": name, "default": str(default)}


def _commands() -> Iterator[tuple[str, Any]]:
    """By the command's words: its options, and its arguments in their order."""
    from typer.main import get_command

    from graphql_api.cli import cli

    yield from _below(get_command(cli), ["reassort"])


def _below(command: Any, words: list[str]) -> Iterator[tuple[str, Any]]:
    options = [each for each in command.params if each.param_type_name == "option"]
    yield (
        " ".join(words),
        {
            "options": sorted(
                name for each in options for name in (*each.opts, *each.secondary_opts)
            ),
            "needed": sorted(each.opts[0] for each in options if each.required),
            "arguments": [
                [each.name, each.required] for each in command.params if each not in options
            ],
        },
    )
    for name, each in getattr(command, "commands", {}).items():
        yield from _below(each, [*words, name])


def _rows(page: str) -> Iterator[tuple[str, list[str]]]:
    """The rows of a page's tables that begin with a name: the name, and those in the next cell."""
    for row in re.findall(r"^\| (`\w+`.*)", page, re.MULTILINE):
        first, second = row.split("|")[:2]
        for name in NAMES.findall(first):
            yield name, NAMES.findall(second)


if __name__ == "__main__":
    json.dump(surface(Path(sys.argv[1])), sys.stdout, indent=1, sort_keys=True)
    print()
