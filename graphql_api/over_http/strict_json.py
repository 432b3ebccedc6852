"""JSON, and nothing that two readers could take for different things.

One pass over the text counts how deep it nests and how many members its objects have; nothing is
parsed before. orjson then refuses what is not UTF-8, lone surrogates, NaN, and numbers beyond a
double. It lets pass a name that stands twice in one object, of which a filter in front might have
read the other: then the value has fewer members than the text.
"""

from __future__ import annotations

import re
from typing import Any

import orjson

DEEPEST = 32
"""Objects and lists within each other. The deepest input of ours has three."""
LONGEST_NUMBER = 40
"""Characters."""
_PART = re.compile(
    rb'"(?:[^"\\]|\\.)*+"?|[\[{:]|[\]}]|[-+.0-9eE]{%d,}' % (LONGEST_NUMBER + 1), re.DOTALL
)
"""A string is passed over as one part, also one without an end, so that the scan stays linear."""
_QUOTE, _COLON = ord('"'), ord(":")


class NotJson(ValueError):
    """The text says what is wrong, without a word of what was read."""


def read_json(raw: bytes) -> Any:
    """The value. Raises `NotJson`."""
    members = _scan(raw)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NotJson("is not JSON") from None
    if _members(value) != members:
        raise NotJson("has the same name twice in one object")
    return value


def _scan(raw: bytes) -> int:
    """How many members the objects of the text have, if it is JSON. Raises `NotJson`."""
    depth = members = 0
    for part in _PART.findall(raw):
        first = part[0]
        if first == _QUOTE:
            continue
        if first == _COLON:
            members += 1
        elif first in b"[{":
            depth += 1
            if depth > DEEPEST:
                raise NotJson(f"is nested deeper than {DEEPEST} levels")
        elif first in b"]}":
            depth -= 1
        else:
            raise NotJson(f"holds a number of more than {LONGEST_NUMBER} characters")
    return members


def _members(value: Any) -> int:
    """How many members the objects of a value have. It is no deeper than `DEEPEST`."""
    if isinstance(value, dict):
        return len(value) + sum(map(_members, value.values()))
    if isinstance(value, list):
        return sum(map(_members, value))
    return 0
