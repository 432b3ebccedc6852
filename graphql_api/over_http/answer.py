"""An answer of ours, whole before it is sent: its status, its content, every header it bears."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from starlette.types import Send

from .headers import HEADERS

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


async def deliver(answer: Answer, send: Send, besides: RawHeaders = ()) -> None:
    """Send it. `besides`: what the request's surroundings add to its headers."""
    headers = [*_ALWAYS, *answer.headers, *besides]
    if answer.content_type:
        headers.append((b"content-type", answer.content_type))
        headers.append((b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})
