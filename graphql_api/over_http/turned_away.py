"""What is answered to a request for which there is no place, put together beforehand.

Under overload most answers are this one. It is told by what its caller reads, by whose page asks,
and by the correlation id, of which only the length matters to the rest.
"""

from __future__ import annotations

from functools import lru_cache

from .answer import RawHeaders, header_lines, whole
from .cors import marks
from .refusal import answer_to, busy

STATUS = busy().status
_LONGEST_REMEMBERED = 200
"""Characters of what a caller sends."""


def surroundings(origin: str | None, correlation_id: str) -> RawHeaders:
    """Headers that an answer has of the request's surroundings."""
    return (*marks(origin), (b"x-correlation-id", correlation_id.encode("ascii")))


def turned_away(accept: str | None, origin: str | None, correlation_id: str) -> bytes:
    """The answer with the status `STATUS`: all but its first line, and the headers of a server."""
    is_short = len(accept or "") + len(origin or "") <= _LONGEST_REMEMBERED
    put_together = _remembered if is_short else _put_together
    return correlation_id.encode("ascii").join(put_together(accept, origin, len(correlation_id)))


def _put_together(accept: str | None, origin: str | None, length: int) -> list[bytes]:
    """What stands around the correlation id, which has so many characters."""
    stand_in = "~" * length
    answer = answer_to(busy(), accept, stand_in)
    lines = header_lines(whole(answer, surroundings(origin, stand_in)))
    return (b"%b\r\n%b" % (lines, answer.body)).split(stand_in.encode("ascii"))


_remembered = lru_cache(256)(_put_together)
