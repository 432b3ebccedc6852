"""What keeps tests from each other holds."""

from __future__ import annotations

import gc
import logging
import os
import signal

import pytest
import structlog

from graphql_api.running.logs import configure_logs
from tests.isolation import Signals, left_as_before


def test_no_signal_to_the_suite():
    """A test that signals the process that runs it fails, and nobody is signalled."""
    for process in (os.getpid(), 0, -1):
        with pytest.raises(AssertionError, match="its own process"):
            os.kill(process, signal.SIGURG)  # which would do nothing
    os.kill(os.getpid(), 0)


def test_logs_and_collector_as_before():
    """Levels, filters and handlers of logs, and the garbage collector, are as they were."""
    theirs, threshold = logging.getLogger("httpx"), gc.get_threshold()
    before, level = logging.getLogger().handlers[:], theirs.level
    structured = structlog.is_configured(), structlog.get_config()
    with left_as_before():
        configure_logs("DEBUG")
        theirs.addFilter(lambda _: False)
        theirs.propagate = False
        logging.getLogger("made.just.now").setLevel(logging.ERROR)
        gc.set_threshold(1)
    assert (theirs.level, theirs.filters, theirs.propagate) == (level, [], True)
    assert logging.getLogger("made.just.now").level == logging.NOTSET
    assert logging.getLogger().handlers == before
    assert gc.get_threshold() == threshold
    assert (structlog.is_configured(), structlog.get_config()) == structured


def test_signals_are_not_lost():
    """A signal that nobody waits for is no signal that was obeyed."""
    with pytest.raises(AssertionError, match="nobody waits for SIGTERM"):
        Signals().deliver(signal.SIGTERM)
