"""How commands put what they print."""

from __future__ import annotations

import pytest

from graphql_api.cli.terminal import counted


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 voters"), (1, "1 voter"), (2, "2 voters"), (2000, "2,000 voters")]
)
def test_one_of_a_thing_is_singular(number: int, said: str) -> None:
    """R32: what operators read is a sentence."""
    assert counted(number, "voter") == said
