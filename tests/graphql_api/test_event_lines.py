"""Lines of the journal of events, which are written by a short way: what loggers write."""

from __future__ import annotations

import dataclasses
import json
import logging
import types
import typing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from io import StringIO

import pytest
import structlog

from adapters import journal
from adapters.journal import LOGGER, LoggedEvents
from core import events
from core.events import Alert, Event
from core.rows_deleted import RowsDeleted
from graphql_api.running.logs import SCRUBBED, EventLines, configure_logs

AT = datetime(2027, 6, 5, 14, 30, tzinfo=UTC)
PSEUDONYMS = {"request_id", "voter"}
SECRET = "sent to camille.martin@example.org"


def kinds(base: type) -> Iterator[type]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


KINDS = [*kinds(Event), *kinds(Alert), RowsDeleted]


@contextmanager
def alone() -> Iterator[StringIO]:
    """What is written where nobody listens besides, as in a process of ours; pytest does."""
    stream = StringIO()
    configure_logs("DEBUG", stream)
    root = logging.getLogger()
    listening = root.handlers[:]
    root.handlers[:] = [each for each in listening if isinstance(each, EventLines)]
    try:
        yield stream
    finally:
        root.handlers[:] = listening


def sample(wanted: object) -> object:
    """A value of a member's type; texts hold what must not be written."""
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    if origin in (typing.Union, types.UnionType):
        return sample(inner[0])
    if origin is not None:
        return {"v1": sample(inner[1])} if issubclass(origin, Mapping) else (sample(inner[0]),)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return next(iter(wanted))
    return {str: SECRET, int: 3, float: 0.5, bool: True, datetime: AT}[wanted]


def made(kind: type) -> typing.Any:
    types_of = typing.get_type_hints(kind)
    given = {each.name: sample(types_of[each.name]) for each in dataclasses.fields(kind)}
    return kind(**{name: name if name in PSEUDONYMS else each for name, each in given.items()})


def written(stream: StringIO) -> str:
    """The last line, without its time."""
    line = stream.getvalue().splitlines()[-1]
    at = json.loads(line)["timestamp"]
    assert abs((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()) < 5
    return line.replace(at, "NOW")


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_line_is_that_of_a_logger(kind, monkeypatch):
    """R42: of each event, with what is bound to the request, the short way writes what structlog
    writes, letter by letter, scrubbed as well."""
    with alone() as lines:
        event = made(kind)
        with structlog.contextvars.bound_contextvars(correlation_id="c" * 32, partner=SECRET):
            LoggedEvents().record(event)
            short = written(lines)
            monkeypatch.setattr(journal, "_short_way", lambda level: None)
            LoggedEvents().record(event)
        assert written(lines) == short
        assert SECRET not in short
        assert json.loads(short)["partner"] == f"sent to {SCRUBBED}"


def test_it_is_taken(monkeypatch):
    """The short way is the one that `serve` goes: structlog is not asked."""
    with alone() as lines:
        monkeypatch.setattr(journal, "_log", None)
        LoggedEvents().record(events.RenewalRequested("r1"))
        assert json.loads(lines.getvalue())["event"] == "renewal_requested"


def test_lines_keep_their_order():
    """R42: events and lines of loggers stand in the order in which they were told."""
    with alone() as lines:
        LoggedEvents().record(events.RenewalRequested("r1"))
        structlog.stdlib.get_logger("reassort.test").info("between")
        LoggedEvents().record(events.RenewalRequested("r2"))
        told = [json.loads(line) for line in lines.getvalue().splitlines()]
        assert [each.get("request_id", each["event"]) for each in told] == ["r1", "between", "r2"]


def test_what_is_not_written():
    """The level that is set holds for events, too."""
    with alone() as lines:
        logging.getLogger(LOGGER).setLevel(logging.WARNING)
        try:
            LoggedEvents().record(events.RenewalRequested("r1"))
        finally:
            logging.getLogger(LOGGER).setLevel(logging.NOTSET)
        assert lines.getvalue() == ""


class Kept(logging.Handler):
    """What a host adds."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def test_a_hosts_handler_has_them_too():
    """A handler beside ours, on any logger above, gets events as before."""
    with alone() as lines:
        for name in (LOGGER, "reassort", None):
            kept, logger = Kept(), logging.getLogger(name)
            logger.addHandler(kept)
            try:
                LoggedEvents().record(events.RenewalRequested("r1"))
            finally:
                logger.removeHandler(kept)
            assert len(kept.records) == 1
        assert len(lines.getvalue().splitlines()) == 3


@pytest.mark.parametrize("on", ["logger", "handler"])
def test_a_hosts_filter_holds(on):
    """So does a filter, on the logger or on the handler."""
    with alone() as lines:
        target = logging.getLogger(LOGGER) if on == "logger" else logging.getLogger().handlers[0]
        target.addFilter(refuse)
        try:
            LoggedEvents().record(events.RenewalRequested("r1"))
        finally:
            target.removeFilter(refuse)
        assert lines.getvalue() == ""


def refuse(record: logging.LogRecord) -> bool:
    return False


def test_structlog_is_set_anew():
    """What replaces structlog's processors afterwards, as tests do, gets events."""
    with alone() as lines:
        with structlog.testing.capture_logs() as captured:
            LoggedEvents().record(events.RenewalRequested("r1"))
        assert [each["event"] for each in captured] == ["renewal_requested"]
        assert lines.getvalue() == ""


def test_pretty_lines(capsys):
    """A terminal's lines are structlog's own."""
    stream = StringIO()
    configure_logs("INFO", stream, pretty=True)
    LoggedEvents().record(events.RenewalRequested("r1"))
    assert "renewal_requested" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


class Full(StringIO):
    """A disk without room."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_stream_that_fails(capsys):
    """A journal that cannot be written fails no request: logging tells, as for its lines."""
    with alone():
        logging.getLogger().handlers[0].stream = Full()
        LoggedEvents().record(events.RenewalRequested("r1"))
        assert "No space left" in capsys.readouterr().err
