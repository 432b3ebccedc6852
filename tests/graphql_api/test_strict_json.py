"""JSON that two readers could take for different things is none."""

from __future__ import annotations

import json

import hypothesis
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.over_http.strict_json import (
    DEEPEST,
    LONGEST_NUMBER,
    NotJson,
    _members,
    _scan,
    read_json,
)

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


PIECES = st.lists(
    st.sampled_from(
        [
            *(b'"', b'"a"', b'"a":', b'"a" :', b'":', b'"":""', b'{"a":1,"a":2}', b'"[{'),
            *(b"{", b"}", b"[", b"]", b",", b":", b" ", b"\n", b"\\", b'\\"', b"\xff", b"\xc3\xa9"),
            *(b"1", b"-1e9", b"0" * 25, b"[" * 20, b"]" * 20, b'{"a":' * 12, b"}" * 12),
        ]
    ),
    max_size=16,
).map(b"".join)
DOCUMENTS = st.tuples(VALUES, st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", " \t:")])).map(
    lambda drawn: json.dumps(drawn[0], separators=drawn[1]).encode()
)
TWICE = st.tuples(DOCUMENTS, DOCUMENTS, st.sampled_from([b'"a":', b'"\\u0061" :', b'":a":'])).map(
    lambda drawn: b'{"a":%s,%s%s}' % (drawn[0], drawn[2], drawn[1])
)


def outcome(read, raw):
    try:
        return repr(read(raw))
    except NotJson as refusal:
        return str(refusal)


def read_by_the_whole_scan(raw):
    """What every text would go through: the pass, the parser, the count."""
    members = _scan(raw)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NotJson("is not JSON") from None
    if _members([value]) != members:
        raise NotJson("has the same name twice in one object")
    return value


@hypothesis.settings(max_examples=500)
@given(st.one_of(PIECES, DOCUMENTS, TWICE, st.binary(max_size=40)))
def test_what_is_spared_the_scan_comes_out_the_same(raw):
    """R36, R38: by a look at single signs or by the whole scan, the same is read, and the same is
    refused for the same reason."""
    assert outcome(read_json, raw) == outcome(read_by_the_whole_scan, raw)


@pytest.mark.parametrize(
    "raw", [b'{"a":"b","c":[{"d":"e"}]}', b'{"a" : {"b": "query ($c: D) {}"}}']
)
def test_most_texts_are_spared_the_scan(raw, monkeypatch):
    """A form as clients send it: the scan takes three quarters of the time of reading one."""
    monkeypatch.setattr("graphql_api.over_http.strict_json._scan", None)
    assert read_json(raw) == json.loads(raw)
