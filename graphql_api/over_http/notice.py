"""Lines of the log about what happens a thousand times when it happens: one a minute, with counts.

A caller who brings something about at will must not fill the disk with it.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from structlog.stdlib import BoundLogger

SECONDS = 60.0


class Notice:
    """One kind of line. The first is written at once."""

    def __init__(
        self,
        log: BoundLogger,
        event: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log, self._event, self._monotonic = log, event, monotonic
        self._counts = Counter[str]()
        self._next = 0.0

    def count(self, why: str = "times") -> None:
        """It happened. The line says how often since the one before, by reason."""
        self._counts[why] += 1
        if self._monotonic() >= self._next:
            self._log.warning(self._event, **self._counts)
            self._counts.clear()
            self._next = self._monotonic() + SECONDS
