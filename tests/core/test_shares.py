"""What one caller may use up of what many need."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.shares import share_of


@pytest.mark.parametrize(
    ("budget", "part", "times", "share"),
    [
        (600, 0.05, 1, 30),
        (600, 0.05, 4, 120),
        (600, 0.05, 16, 300),
        (610, 0.05, 1, 30),
        (600, 0.5, 1, 300),
        (600, 0.9, 1, 300),
        (100, 0.05, 1, 10),
        (100, 0.05, 4, 40),
        (20, 0.05, 1, 10),
        (19, 0.05, 1, 9),
        (5, 0.05, 1, 2),
        (2, 0.05, 16, 1),
        (1, 0.05, 1, 1),
    ],
)
def test_the_table_of_shares(budget, part, times, share):
    """R61: A2: a part, more for a network of many, ten uses where that is less, half at most."""
    assert share_of(budget, part, times) == share


@given(st.integers(2, 10**6), st.floats(0.001, 1), st.integers(1, 16))
def test_no_caller_has_more_than_half(budget, part, times):
    """R61: A2: whatever is set, the other half is left to others, and everyone has a use."""
    assert 1 <= share_of(budget, part, times) <= budget / 2
