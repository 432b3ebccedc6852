"""What a released version offers to those who run it and call it is still there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.releases.surface import surface

ROOT = Path(__file__).parents[2]
RELEASED = sorted((Path(__file__).parent / "surfaces").glob("*.json"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    return surface(ROOT)


@pytest.fixture(params=RELEASED, ids=[file.stem for file in RELEASED])
def released(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the release offered, and what the changelog says of everything since."""
    before = json.loads(request.param.read_text("utf-8"))
    return before | {"since": CHANGELOG.partition(f"\n## {request.param.stem}")[0]}


def test_each_setting_is_read(released, now):
    """R29: from the same variable, and by hosts under the same name."""
    fields = {name: each["field"] for name, each in now["settings"].items()}
    for name, each in released["settings"].items():
        assert fields.get(name) == each["field"]


def test_another_default_is_told(released, now):
    """R29: who has not set it meets the new one."""
    for name, each in released["settings"].items():
        if now["settings"][name]["default"] != each["default"]:
            assert f"`{name}" in released["since"], name


def test_each_command_takes_what_it_took(released, now):
    """R29: its options and arguments, and none besides that has to be given."""
    for words, before in released["commands"].items():
        after = now["commands"][words]
        assert set(before["options"]) <= set(after["options"]), words
        assert set(after["needed"]) <= set(before["needed"]), words
        known = len(before["arguments"])
        assert after["arguments"][:known] == before["arguments"], words
        assert not any(required for _, required in after["arguments"][known:]), words


@pytest.mark.parametrize("kind", ["metrics", "codes"])
def test_each_name_is_there(released, now, kind):
    """R32, R37: for dashboards, alerts and front ends."""
    assert set(released[kind]) - set(now[kind]) == set()


def test_each_line_of_the_log_has_its_members(released, now):
    """R42: for whoever watches the log by a program."""
    for name, members in released["lines"].items():
        assert set(members) <= set(now["lines"][name]), name
