"""What the documentation takes from the code is what the code says now."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from core.recovery_request import TRANSITIONS
from graphql_api.settings import Settings


@pytest.fixture
def generate(root: Path):
    """The module `docs/generate.py`."""
    spec = importlib.util.spec_from_file_location("docs_generate", root / "docs/generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_have_not_drifted(generate) -> None:
    """R41: schema, settings, states and messages in the docs are those of this code."""
    stale = [
        path.name
        for path, text in generate.outputs().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    assert not stale, f"run `make docs`: {', '.join(stale)}"


def test_every_setting_stands_on_the_page(generate) -> None:
    """No setting is left out, however its source is laid out."""
    page = generate.settings_page()
    assert page.count("\n| `REASSORT_") + page.count("\n| `DATABASE_URL`") == len(
        Settings.model_fields
    )


def test_every_move_of_a_request_is_drawn(generate) -> None:
    """The diagram has one arrow for each allowed transition, one in, and one out of each end."""
    ends = sum(not following for following in TRANSITIONS.values())
    moves = sum(map(len, TRANSITIONS.values()))
    assert generate.state_diagram().count("-->") == moves + ends + 1
