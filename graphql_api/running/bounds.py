"""What connections may take of one process: how many, how large before a request, how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .waiting import WaitingList

SPARE = 64
"""Connections beyond the bound while all are being worked for: they are told so, and health."""
MOST_HEADERS = 512
MOST_PIPELINED = 16
"""Whole requests of one connection that wait for their turn."""
LONGEST_REST = 256 * 1024
"""Bytes of a body that may still come after its request was answered; they are thrown away."""
SLICE = 8 * 1024
"""Bytes that the parser is given at once: by how much the bound on a head may be overrun."""
KEEP_ALIVE_SECONDS = 15.0
BODY_SECONDS = 30.0
"""Longer than the app waits: it answers 408."""
ANSWER_SECONDS = 60.0
"""For a caller to read an answer that the system's buffers do not hold."""
LINGER_SECONDS = 2.0
"""For a refusal to be read."""


@dataclass(frozen=True)
class Bounds:
    """What connections may take of one process."""

    connections: int
    head_bytes: int
    """Of a request line and headers; of what frames the body as well, trailers for example."""
    head_seconds: float
    """From the connection, or a further request's first byte, to the end of its headers."""
    always: frozenset[bytes] = frozenset({b"/healthz", b"/readyz", b"/metrics"})
    """Paths that are answered however many connections there are."""
    waiting: WaitingList = field(default_factory=WaitingList)
    dropped: Callable[[], None] = lambda: None
    """Called for each connection that was dropped, or request refused, for want of room."""
