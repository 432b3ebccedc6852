"""Logs: one JSON object a line, UTC, with the correlation id, and nothing that must not be there.

Scrubbed twice: by key, and then every remaining text by what it looks like. Of an exception only
its kind and place are kept, for its text may quote a value (R20, R42).
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from types import NoneType
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, WrappedLogger

SCRUBBED = "[scrubbed]"
_SECRET_KEYS = re.compile(
    r"password|token|secret|e_?mail$|phone|numic|numel|identifier|authori[sz]ation|cookie|answer"
    r"|address$|variables|body",
    re.IGNORECASE,
)
_SECRET_VALUES = re.compile(
    r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+"  # an e-mail address
    r"|\+[1-9][\d .()-]{6,18}\d"  # a phone number
    r"|(?<![\w-])[\w-]{43}(?![\w-])"  # a link's token
    r"|rsk_[0-9a-f]{10}_[\w-]+|eyJ[\w-]+\.[\w-]+\.[\w-]*"  # an API key, a JWT
    r"|(?<![\w-])(?<!\d[.:])\d{7,9}(?![\w-]|[.:]\d)"  # a NUMIC or NUMEL, no part of a time
    r"|(?<![\w-])(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{12,64}(?![\w-])"  # password, identifier
)
_PLAIN = (bool, int, float, NoneType)
_SEVERAL = (list, tuple, set, frozenset)
_KEPT = frozenset({"timestamp", "level", "logger", "correlation_id", "request_id", "voter", "job"})


def configure_logs(level: str = "INFO", stream: TextIO | None = None, pretty: bool = False) -> None:
    """Send everything that logs, ours and libraries', to `stream` (standard error by default)."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        shape_exception,
        scrub,
    ]
    processors: list[structlog.typing.Processor] = [
        structlog.stdlib.filter_by_level,  # what is not written need not be scrubbed
        *shared,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    as_json = structlog.processors.JSONRenderer(_json)
    renderer = (
        structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty()) if pretty else as_json
    )
    out = stream or sys.stderr
    handler = logging.StreamHandler(out) if pretty else EventLines(out, processors)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("httpx", "httpcore", "uvicorn.access", "mail", "stamina"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


class EventLines(logging.StreamHandler[TextIO]):
    """Writes the journal's events by a short way besides the lines of loggers: the same lines, in
    the same order. An event holds no exception and no text to be put together, so that it needs
    nothing of what structlog and logging do for those."""

    def __init__(self, stream: TextIO, processors: Sequence[structlog.typing.Processor]) -> None:
        """`processors`: what the other lines go through. Once these are others, so are events."""
        super().__init__(stream)
        self._processors = tuple(processors)

    def event_writer(self) -> Callable[[str, str, str, Mapping[str, object]], None] | None:
        """For the journal, as long as structlog is set as it was; None: events go its way."""
        current = structlog.get_config()["processors"]
        return self.write_event if tuple(current) == self._processors else None

    def write_event(self, logger: str, level: str, name: str, told: Mapping[str, object]) -> None:
        """Each line is written at once: what a killed process had told is there. Never raises, as
        `emit` does not."""
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        bound = structlog.contextvars.get_contextvars()
        try:
            line: EventDict = scrub(None, "", {**told, "event": "", **bound, **told})
            line = {**line, "event": name, "level": level, "logger": logger, "timestamp": at}
            text = _json(line) + self.terminator
            with self.lock or nullcontext():
                self.stream.write(text)
                self.stream.flush()
        except Exception:
            self.handleError(logging.makeLogRecord({"name": logger, "msg": name}))


def shape_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """An exception as its kind and the places it came through, without its text."""
    failure: Any = event.pop("exc_info", None)
    if failure is True:
        failure = sys.exc_info()[1]
    if isinstance(failure, tuple):
        failure = failure[1]
    if isinstance(failure, BaseException):
        event["exception"] = type(failure).__qualname__
        event["at"] = [
            f"{frame.name}:{frame.lineno} {frame.filename.rpartition('/')[2]}"
            for frame in traceback.extract_tb(failure.__traceback__)[-8:]
        ]
    return event


def scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take out by key, then by look, whatever must not be in a log."""
    return {key: _scrubbed(key, value) for key, value in event.items()}


def _scrubbed(key: str, value: Any) -> Any:
    if key in _KEPT or isinstance(value, _PLAIN):
        return value
    if _is_secret(key):
        return SCRUBBED
    if isinstance(value, dict):
        return {inner: _scrubbed(str(inner), each) for inner, each in value.items()}
    if isinstance(value, _SEVERAL):
        return [_scrubbed("", each) for each in value]
    return _SECRET_VALUES.sub(SCRUBBED, str(value))


@lru_cache(1024)
def _is_secret(key: str) -> bool:
    return key != "event" and _SECRET_KEYS.search(key) is not None


def _json(event: EventDict, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode()
