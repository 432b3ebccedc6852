"""The supervisor with children that serve nothing: what it does when they start, die and hang. With
the real ones: tests/end_to_end/test_several_processes.py."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from graphql_api.running import supervision
from graphql_api.running.supervision import Line, Supervisor, inherited
from tests.isolation import Signals

CHILD = """
import os, pathlib, signal, socket, sys, time
folder, descriptors = pathlib.Path(sys.argv[1]), sys.argv[-1].split(",")
line = socket.socket(fileno=int(descriptors[1]))
stubborn = (folder / "stubborn").exists()
signal.signal(signal.SIGTERM, signal.SIG_IGN if stubborn else lambda *_: sys.exit())
if (folder / "broken").exists():
    sys.exit(3)
(folder / f"born-{os.getpid()}").touch()
while (folder / "slow").exists():
    time.sleep(0.01)
line.send(b"+")
line.recv(1)
"""
PATIENCE = 120.0


class Supervised:
    """A supervisor that runs in this process, and is told by `signals` what to do."""

    def __init__(self, folder: Path, signals: Signals, grace: float) -> None:
        self.signals = signals
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.ready = asyncio.Event()
        command = [sys.executable, "-S", "-c", CHILD, str(folder)]
        self.supervisor = Supervisor(command, self.listening, 2, grace, self.ready.set)
        self.task = asyncio.create_task(self.supervisor.run())

    @property
    def children(self) -> list[subprocess.Popen]:
        return [each.process for each in self.supervisor._children]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.01)

    async def stopped(self, number: int = signal.SIGTERM) -> int:
        self.signals.deliver(number)
        return await asyncio.wait_for(self.task, PATIENCE)


@pytest.fixture
def switch(tmp_path) -> Callable[..., None]:
    """How the children that are born from now on behave."""

    def set_to(name: str, on: bool = True) -> None:
        (tmp_path / name).touch() if on else (tmp_path / name).unlink()

    return set_to


@pytest.fixture
async def supervise(
    tmp_path, monkeypatch, signals
) -> AsyncIterator[Callable[..., Awaitable[Supervised]]]:
    """Starts a supervisor; its pauses are short."""
    monkeypatch.setattr(supervision, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(supervision, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(supervision, "YOUNG", 600.0)
    monkeypatch.setattr(supervision, "BEYOND_GRACE", 0.3)
    made: list[Supervised] = []

    async def start(wait: bool = True, grace: float = PATIENCE) -> Supervised:
        made.append(Supervised(tmp_path, signals, grace))
        if wait:
            await asyncio.wait_for(made[-1].ready.wait(), PATIENCE)
        return made[-1]

    yield start
    for each in made:
        with suppress(asyncio.CancelledError):
            if not each.task.done():
                await each.stopped()
        each.listening.close()
        assert all(process.poll() is not None for process in each.children)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_starts_and_stops(supervise, number):
    """Ready once all children are; told to stop, it ends them, closes the socket, and ends with
    0."""
    supervised = await supervise()
    children = supervised.children
    assert len(children) == 2
    assert await supervised.stopped(number) == 0
    assert [each.returncode for each in children] == [0, 0]
    assert supervised.listening.fileno() == -1


async def test_children_that_do_not_start(supervise, switch):
    """Children that cannot start are not tried again at the beginning: the exit code is 1."""
    switch("broken")
    supervised = await supervise(wait=False)
    assert await asyncio.wait_for(supervised.task, PATIENCE) == 1
    assert not supervised.ready.is_set()


async def test_told_to_stop_before_it_is_ready(supervise, switch):
    """SIGTERM is obeyed while the children are starting."""
    switch("slow")
    supervised = await supervise(wait=False)
    await supervised.until(lambda: len(supervised.children) == 2)
    assert await supervised.stopped() == 0
    assert not supervised.ready.is_set()


async def test_a_dead_child_is_started_again(supervise):
    """A child that dies is started again, after a pause that doubles up to its longest while it
    dies young, and begins anew once it has lived."""
    supervised = await supervise()
    with capture_logs() as logs:
        for _ in range(4):
            await _replaced_after_death(supervised)
        supervised.supervisor._children[0].born -= supervision.YOUNG
        await _replaced_after_death(supervised)
    died = [each for each in logs if each["event"] == "process_died"]
    assert [each["restart_in"] for each in died] == [0.02, 0.04, 0.05, 0.05, 0.02]
    assert {each["code"] for each in died} == {-9}


async def _replaced_after_death(supervised: Supervised) -> None:
    child = supervised.supervisor._children[0]
    await child.started
    child.process.kill()
    await supervised.until(lambda: supervised.supervisor._children[0] is not child)


async def test_no_process_to_be_had(supervise, monkeypatch):
    """When the system gives no process, it is tried again after the next pause."""
    supervised = await supervise()
    child = supervised.supervisor._children[0]
    begin, refusals = subprocess.Popen, []

    def refuse(*arguments, **options):
        if len(refusals) < 2:
            refusals.append(1)
            raise BlockingIOError
        return begin(*arguments, **options)

    monkeypatch.setattr(subprocess, "Popen", refuse)
    child.process.kill()
    await supervised.until(lambda: supervised.supervisor._children[0] is not child)
    assert len(refusals) == 2


async def test_rolling_restart(supervise, signals):
    """SIGHUP replaces every child; one that comes during a restart is obeyed after it."""
    supervised = await supervise()
    before = supervised.children
    signals.deliver(signal.SIGHUP)
    await supervised.until(lambda: before[0] not in supervised.children)
    signals.deliver(signal.SIGHUP)
    await supervised.until(lambda: before[1] not in supervised.children)
    between = supervised.children
    await supervised.until(lambda: not set(between) & set(supervised.children))
    assert [each.wait(PATIENCE) for each in before] == [0, 0]


@pytest.mark.parametrize("trouble", ["broken", "slow"])
async def test_replacements_that_do_not_start(supervise, signals, switch, monkeypatch, trouble):
    """A replacement that dies, or does not listen in time, changes nothing; the next rolling
    restart may go well."""
    monkeypatch.setattr(supervision, "PATIENCE", 0.5)
    supervised = await supervise()
    before = supervised.children
    switch(trouble)
    with capture_logs() as logs:
        signals.deliver(signal.SIGHUP)
        await supervised.until(lambda: logs)
    assert logs[0]["event"] == "process_not_replaced"
    assert supervised.children == before
    switch(trouble, on=False)
    monkeypatch.setattr(supervision, "PATIENCE", PATIENCE)
    signals.deliver(signal.SIGHUP)
    await supervised.until(lambda: not set(before) & set(supervised.children))


async def test_no_process_for_a_replacement(supervise, signals, monkeypatch):
    """A rolling restart for which the system gives no process changes nothing."""
    supervised = await supervise()
    before = supervised.children

    def refuse(*_, **__):
        raise BlockingIOError

    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(subprocess, "Popen", refuse)
        signals.deliver(signal.SIGHUP)
        await supervised.until(lambda: logs)
    assert logs[0]["event"] == "process_not_replaced"
    assert supervised.children == before
    assert await supervised.stopped() == 0


async def test_told_to_stop_during_a_rolling_restart(supervise, signals, switch, tmp_path):
    """No child outlives its supervisor, not even one that is just starting."""
    supervised = await supervise()
    switch("slow")
    with capture_logs() as logs:
        signals.deliver(signal.SIGHUP)
        await supervised.until(lambda: len(list(tmp_path.glob("born-*"))) == 3)
        assert await supervised.stopped() == 0
    assert logs == []
    assert not supervised.supervisor._retiring


async def test_a_child_that_does_not_stop(supervise, switch):
    """A child that ignores SIGTERM is killed when its time is over."""
    switch("stubborn")
    supervised = await supervise(grace=0.1)
    with capture_logs() as logs:
        began = time.monotonic()
        assert await supervised.stopped() == 0
    assert time.monotonic() - began >= 0.4
    assert [each["event"] for each in logs] == ["process_killed"] * 2
    assert [each.returncode for each in supervised.children] == [-9, -9]


async def test_closed_terminal(supervise, signals, monkeypatch):
    """SIGHUP of a terminal that is gone ends the server; with the terminal still there, somebody
    means a rolling restart."""
    monkeypatch.setattr(supervision, "_has_terminal", lambda: True)
    supervised = await supervise()
    before = supervised.children
    signals.deliver(signal.SIGHUP)
    await supervised.until(lambda: not set(before) & set(supervised.children))
    monkeypatch.setattr(supervision, "_has_terminal", lambda: False)
    assert await supervised.stopped(signal.SIGHUP) == 0


async def test_under_nohup(supervise, signals):
    """Where SIGHUP is ignored at the start it stays so."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        await supervise()
        assert not signals.waited_for(signal.SIGHUP)
        assert signals.waited_for(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_terminal(monkeypatch):
    """A process has a terminal when the system can open it."""
    monkeypatch.setattr(os, "open", lambda *_: os.dup(0))
    assert supervision._has_terminal()

    def gone(*_):
        raise OSError

    monkeypatch.setattr(os, "open", gone)
    assert not supervision._has_terminal()


def test_line(monkeypatch):
    """A child says when it listens; without its parent it is told to stop, and ended by force
    when it does not."""
    done: list[object] = []
    monkeypatch.setattr(supervision, "BEYOND_GRACE", 0.01)
    monkeypatch.setattr(os, "kill", lambda *what: done.append(what))
    monkeypatch.setattr(os, "_exit", done.append)
    parents, childs = socket.socketpair()
    with childs:
        with parents:
            line = Line(childs, 0.01)
            line.ready()
            assert parents.recv(9) == b"+"
            assert done == []
        deadline = time.monotonic() + PATIENCE
        while len(done) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        line.ready()  # to nobody
    assert done == [(os.getpid(), signal.SIGTERM), 1]


def test_inherited():
    """A child takes up what it was handed down, and hands it down no further."""
    parents, childs = socket.socketpair()
    with parents, socket.create_server(("127.0.0.1", 0)) as listening:
        address = listening.getsockname()
        both = inherited(f"{os.dup(listening.fileno())},{childs.detach()}")
        assert both[0].getsockname() == address
        assert not any(each.get_inheritable() for each in both)
        for each in both:
            each.close()
    with pytest.raises(ValueError, match="invalid literal"):
        inherited("a,b")
