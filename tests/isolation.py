"""Each test leaves the process as it found it, and none sends a signal to it: the suite passes in
any order, and a signal that comes too early or too late cannot end it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog

from graphql_api.running import serving


@pytest.fixture(scope="session", autouse=True)
def _no_signal_to_the_suite() -> Iterator[None]:
    """A signal to the suite's own process, or to its group, is refused: see `signals`."""
    send = os.kill

    def kill(pid: int, number: int) -> None:
        assert number == 0 or pid not in (os.getpid(), 0, -1), "a test signals its own process"
        send(pid, number)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "kill", kill)
        yield


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    with left_as_before():
        yield


@contextmanager
def left_as_before() -> Iterator[None]:
    """Commands and servers set up logs, warnings of libraries and the garbage collector for their
    process, which is ours here."""
    loggers = [logging.getLogger(), *_loggers()]
    before = [(each, each.level, each.propagate, each.filters[:]) for each in loggers]
    handlers, structured = loggers[0].handlers[:], structlog.get_config()
    configured = structlog.is_configured()
    thresholds = gc.get_threshold()
    yield
    loggers[0].handlers[:] = handlers
    for logger, level, propagate, filters in before:
        if logger.level != level:
            logger.setLevel(level)
        logger.propagate, logger.filters[:] = propagate, filters
    for logger in set(_loggers()).difference(loggers):
        logger.setLevel(logging.NOTSET)
        logger.filters.clear()
        logger.propagate = True  # uvicorn silences its own, and is imported by who serves
    if configured:
        structlog.configure(**structured)
    else:
        structlog.reset_defaults()
    if gc.get_threshold() != thresholds:  # a server has frozen what there was, the test's own too
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        gc.collect()
        gc.freeze()


def _loggers() -> list[logging.Logger]:
    known = list(logging.getLogger().manager.loggerDict.values())
    return [each for each in known if isinstance(each, logging.Logger)]


class Signals:
    """What this process would do on a signal, done without sending any. Nothing is lost: when
    nobody waits for the signal yet, the test is told so."""

    def __init__(self) -> None:
        self._on_loops: dict[int, Callable[[], object]] = {}

    def note(
        self,
        loop: asyncio.AbstractEventLoop,
        number: int,
        callback: Callable[..., object],
        *arguments: Any,
    ) -> None:
        """Stands in for the event loop's `add_signal_handler`."""
        self._on_loops[number] = lambda: loop.call_soon_threadsafe(callback, *arguments)

    def waited_for(self, number: int) -> bool:
        return number in self._on_loops or _is_ours(signal.getsignal(number))

    def deliver(self, number: int) -> None:
        assert self.waited_for(number), f"nobody waits for {signal.Signals(number).name}"
        if number in self._on_loops:
            self._on_loops[number]()
        else:
            signal.getsignal(number)(number, None)


def _is_ours(handler: object) -> bool:
    return callable(handler) and handler is not signal.default_int_handler


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> Signals:
    """Stands for the system when a server in this process is told something by signal."""
    signals = Signals()
    monkeypatch.setattr(
        asyncio.SelectorEventLoop,
        "add_signal_handler",
        lambda loop, *arguments: signals.note(loop, *arguments),
    )
    # uvloop's cannot be stood in for
    monkeypatch.setattr(serving, "auto_loop_factory", lambda: asyncio.SelectorEventLoop)
    return signals
