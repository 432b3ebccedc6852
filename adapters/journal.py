"""The journal of events, as structured log lines: pseudonyms and codes, no personal data (R42)."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

import structlog

from core.events import Alert, Event
from core.rows_deleted import RowsDeleted

_log = structlog.stdlib.get_logger("reassort.events")


class LoggedEvents:
    """The port `Events`: one line an event, named in snake case after its class; alerts are
    warnings."""

    def record(self, event: Event | Alert | RowsDeleted) -> None:
        _log.log(30 if isinstance(event, Alert) else 20, _named(type(event)), **_told(event))


def _told(event: object) -> dict[str, object]:
    """Its members; moments as the log writes its own."""
    return {
        name: f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value
        for name, value in vars(event).items()
    }


@cache
def _named(kind: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
