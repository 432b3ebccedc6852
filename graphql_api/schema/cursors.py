"""Cursors of lists, and what callers give to find their way in them."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from core.errors import FieldProblem, InvalidFields
from core.request_listing import Place

LONGEST_TEXT = 100
"""Characters of an id, a name or a cursor."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
Given = TypeVar("Given", str, datetime)


def cursor_of(place: Place) -> str:
    """Opaque to callers: the moment and the id."""
    text = f"{(place.received_at - _EPOCH) // _MICROSECOND}:{place.id}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> Place | None:
    """The reverse; raises `InvalidFields` for what `cursor_of` did not make."""
    if cursor is None:
        return None
    try:
        padded = checked("after", cursor) + "=" * (-len(cursor) % 4)
        at, _, id = urlsafe_b64decode(padded).decode().partition(":")
        return Place(_EPOCH + int(at) * _MICROSECOND, checked("after", id))
    except (ValueError, OverflowError):
        raise InvalidFields(FieldProblem("after", "MALFORMED")) from None


def page_size(first: int, longest: int) -> int:
    """Raises `InvalidFields` unless it is 1 to `longest`."""
    if not 1 <= first <= longest:
        raise InvalidFields(FieldProblem("first", "OUT_OF_RANGE"))
    return first


def checked(name: str, given: Given) -> Given:
    """Text that a database takes; a moment with its offset from UTC. Raises `InvalidFields`."""
    if isinstance(given, datetime):
        sound = given.tzinfo is not None
    else:
        sound = given.isprintable() and 1 <= len(given) <= LONGEST_TEXT
    if not sound:
        raise InvalidFields(FieldProblem(name, "MALFORMED"))
    return given
