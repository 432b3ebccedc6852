"""The journal of events, as structured log lines: pseudonyms and codes, no personal data (R42)."""

from __future__ import annotations

import re
from dataclasses import asdict

import structlog

from core.events import Event

_log = structlog.stdlib.get_logger("reassort.events")


class LoggedEvents:
    """The port `Events`: one line an event, named in snake case after its class."""

    def record(self, event: Event) -> None:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
        _log.info(name, **asdict(event))
