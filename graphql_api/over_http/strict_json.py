"""JSON, and nothing that two readers could take for different things.

Nothing is parsed before it is known that the text nests no deeper and has no longer number than is
taken. orjson then refuses what is not UTF-8, lone surrogates, NaN, and numbers beyond a double. It
lets pass a name that stands twice in one object, of which a filter in front might have read the
other: then the value has fewer members than the text.

One pass over the text counts both. Most texts are spared it: they have so few brackets, and as many
members as quotes before a colon, that no order of their parts could be refused.
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
_NAME = re.compile(rb'"[ \t\n\r]*:')
"""The end of each member's name, and perhaps some within texts."""
_NUMBERS = bytes(b"0"[0] if each in b"-+.0123456789eE" else b" "[0] for each in range(256))
_TOO_LONG = b"0" * (LONGEST_NUMBER + 1)
_QUOTE, _COLON = ord('"'), ord(":")


class NotJson(ValueError):
    """The text says what is wrong, without a word of what was read."""


def read_json(raw: bytes) -> Any:
    """The value. Raises `NotJson`."""
    members = len(_NAME.findall(raw)) if _is_within_bounds(raw) else _scan(raw)
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NotJson("is not JSON") from None
    found = _members([value])
    if members != found and _scan(raw) != found:
        raise NotJson("has the same name twice in one object")
    return value


def _is_within_bounds(raw: bytes) -> bool:
    """Whether a look at single signs is enough to say so."""
    brackets = raw.count(b"[") + raw.count(b"{")
    return brackets <= DEEPEST and _TOO_LONG not in raw.translate(_NUMBERS)


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


def _members(value: dict[str, Any] | list[Any]) -> int:
    """How many members the objects of a value have. It is no deeper than `DEEPEST`."""
    is_object = isinstance(value, dict)
    inner = value.values() if is_object else value
    count = len(value) if is_object else 0
    for each in inner:
        if isinstance(each, (dict, list)):
            count += _members(each)
    return count
