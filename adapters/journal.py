"""The journal of events, as structured log lines: pseudonyms and codes, no personal data (R42)."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache

import structlog

from core.events import Alert, Event
from core.rows_deleted import RowsDeleted

LOGGER = "reassort.events"
_log = structlog.stdlib.get_logger(LOGGER)
_logger = logging.getLogger(LOGGER)
WriteEvent = Callable[[str, str, str, Mapping[str, object]], None]
"""Writes the line of a logger, a level, a name and members, as structlog would; never raises."""


class LoggedEvents:
    """The port `Events`: one line an event, named in snake case after its class; alerts are
    warnings."""

    def record(self, event: Event | Alert | RowsDeleted) -> None:
        level = logging.WARNING if isinstance(event, Alert) else logging.INFO
        if not _logger.isEnabledFor(level):
            return
        name, told = _named(type(event)), _told(event)
        if write := _short_way(level):
            write(LOGGER, logging.getLevelName(level).lower(), name, told)
        else:
            _log.log(level, name, **told)


def _short_way(level: int) -> WriteEvent | None:
    """Of the one handler that would have the line: an event is told in each request, and needs
    little of what loggers do. None where a host has added handlers or filters of its own."""
    found: list[logging.Handler] = []
    at: logging.Logger | None = _logger
    while at is not None:
        found += at.handlers
        at = at.parent if at.propagate else None
    if len(found) != 1 or _logger.filters or found[0].filters or level < found[0].level:
        return None
    ask = getattr(found[0], "event_writer", None)
    return ask() if ask else None


def _told(event: object) -> dict[str, object]:
    """Its members; moments as the log writes its own."""
    return {
        name: f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value
        for name, value in vars(event).items()
    }


@cache
def _named(kind: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
