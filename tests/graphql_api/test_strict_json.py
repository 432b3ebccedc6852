"""JSON that two readers could take for different things is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.over_http.strict_json import DEEPEST, LONGEST_NUMBER, NotJson, read_json

PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53)
NAMES = st.text('ab\\"{[', max_size=3)
VALUES = st.recursive(
    PLAIN | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner),
    max_leaves=12,
)


@given(VALUES)
def test_json_is_read(value):
    """R36: whatever is JSON comes through as it is, also with brackets and quotes in its texts."""
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "is not JSON"),
        (b"{", "is not JSON"),
        (b"NaN", "is not JSON"),
        (b"1e999", "is not JSON"),
        (b'"\xff"', "is not JSON"),
        (b'"\\ud800"', "is not JSON"),
        (b'"a\nb"', "is not JSON"),
        (b'"\\', "is not JSON"),
        (b'"' + b'\\"' * 100_000, "is not JSON"),
        (b"\xef\xbb\xbf{}", "is not JSON"),
        (b'{"a":1,"a":1}', "has the same name twice in one object"),
        (b'[{"b":{"a":1,"\\u0061":2}}]', "has the same name twice in one object"),
        (b"[" * 50_000, f"is nested deeper than {DEEPEST} levels"),
        (b"[" * 33 + b"]" * 33, f"is nested deeper than {DEEPEST} levels"),
        (b"9" * 41, f"holds a number of more than {LONGEST_NUMBER} characters"),
        (b"[1" + b"0" * 5_000 + b"]", f"holds a number of more than {LONGEST_NUMBER} characters"),
    ],
    ids=lambda each: str(each)[:30],
)
def test_what_is_refused(raw, reason):
    """R36, R38: refused with a reason that holds nothing of what was read."""
    with pytest.raises(NotJson, match=f"^{reason}$"):
        read_json(raw)


def test_edges():
    """R38: the deepest and the longest that pass, and long digits within a text."""
    assert read_json(b"[" * DEEPEST + b"]" * DEEPEST)
    assert read_json(b"1" * LONGEST_NUMBER) == float("1" * LONGEST_NUMBER)
    assert read_json(b'{"' + b"9" * 100 + b'":"' + b"[" * 100 + b'"}')
