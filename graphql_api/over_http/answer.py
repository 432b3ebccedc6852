"""An answer of ours, whole before it is sent: its status, its content, every header it bears."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from starlette.types import Scope, Send

from .headers import HEADERS

WRITE_WHOLE = "reassort.write_whole"
"""In a scope, from a server that can: a function of `send`, status, headers and body that
writes an answer at once. It tells whether it has."""
RawHeaders = Iterable[tuple[bytes, bytes]]
_ALWAYS = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


class Answer(NamedTuple):
    """What is answered."""

    status: int
    body: bytes = b""
    content_type: bytes = b""
    """Empty where there is no content."""
    headers: RawHeaders = ()
    """Its own, beside those that every answer bears."""


class HeaderWithLines(ValueError):
    """A header holds more than one line; nothing was written."""


def header_lines(headers: Sequence[tuple[bytes, bytes]]) -> bytes:
    """As they are sent. Raises `HeaderWithLines`."""
    lines = b"".join([b"%b: %b\r\n" % each for each in headers])
    if lines.count(b"\n") != len(headers) or lines.count(b"\r") != len(headers):
        raise HeaderWithLines
    return lines


def whole(answer: Answer, besides: RawHeaders) -> list[tuple[bytes, bytes]]:
    """Every header of an answer; `besides` are those that the request's surroundings add."""
    headers = [*_ALWAYS, *answer.headers, *besides]
    if answer.content_type:
        headers.append((b"content-type", answer.content_type))
        headers.append((b"content-length", b"%d" % len(answer.body)))
    return headers


async def deliver(answer: Answer, scope: Scope, send: Send, besides: RawHeaders = ()) -> None:
    """Send the answer to the request of `scope`, at once where its server can. `besides`: what the
    request's surroundings add to its headers."""
    headers = whole(answer, besides)
    write_whole = scope.get(WRITE_WHOLE)
    if write_whole is None or not write_whole(send, answer.status, headers, answer.body):
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})
