"""The five minutes of whoever is to watch an election: the page's commands show what it says."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from tests.docs.test_tutorial import SHOWN_ONLY, Demo, Terminal

PAGE = "docs/tutorial-operations.md"
COMMAND = f"{shlex.quote(sys.executable)} -m graphql_api"


def rates(printed: str) -> dict[str, tuple[int, float]]:
    """Of SMS by country or route: how many were delivered, and per cent."""
    lines = re.findall(r"sms +. (\w+) +. ([\d,]+) .* ([\d.]+)% ", printed)
    return {place: (int(delivered), float(share)) for place, delivered, share in lines}


def test_every_command_shows_what_the_page_says(read_page, tmp_path: Path) -> None:
    """R32: which country, since when, why, and what was done about it."""
    demo, terminal = Demo(tmp_path / "demo.log"), Terminal(tmp_path)
    shown, sh = (
        [each.text for each in read_page(PAGE).blocks if each.language == language]
        for language in (SHOWN_ONLY, "sh")
    )
    (began,) = shown
    arguments = shlex.split(shlex.split(began.removeprefix("make demo "))[0].removeprefix("ARGS="))
    folder = tmp_path / arguments[-1]
    try:
        demo.start(*arguments[:-1], str(folder), "--speed", "1")  # it stays at what the page tells
        first, by_route = (
            terminal.run(block.replace(".venv/bin/reassort", COMMAND)) for block in sh
        )
    finally:
        terminal.close()
        demo.stop()
    countries, routes = rates(first), rates(by_route)
    assert countries["AR"][1] < 60
    assert countries["DE"][1] > 90
    assert "route A in AR: failing" in first
    assert set(routes) == {"A", "B", "C"}
