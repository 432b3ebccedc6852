"""Several processes behind one listening socket, each started again when it dies.

The parent serves nothing. It starts the children as commands of their own, so that a rolling
restart runs the code that is installed by then. Each child inherits the socket and one end of a
line: it writes a byte when it listens, and anyone who reads the line's end knows that the other has
died, however it died.

uvicorn's own supervisor does not pause between restarts, leaves its children behind when it is
killed, does not stop while it replaces one, and does not say when all listen.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress

import structlog

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a child that died is started again: twice as long after each that died young."""
YOUNG = 10.0
"""Seconds of life."""
PATIENCE = 60.0
"""Seconds that a child in a rolling restart has to listen, before the old one is kept."""
BEYOND_GRACE = 5.0
"""Seconds that a child has to end, on top of what its requests have, before it is killed."""
_log = structlog.stdlib.get_logger("reassort.supervision")


class Child:
    """One process that serves. Needs a running event loop."""

    def __init__(self, command: Sequence[str], listening: socket.socket) -> None:
        """`command` gets `--child listening,line` appended: the two file descriptors. Raises
        `OSError` when the system gives no process."""
        self._line, theirs = socket.socketpair()
        self._line.setblocking(False)
        passed = (listening.fileno(), theirs.fileno())
        try:
            with theirs:
                self.process = subprocess.Popen(  # noqa: S603 - a command of ours
                    [*command, "--child", f"{passed[0]},{passed[1]}"],
                    pass_fds=passed,
                    process_group=0,  # what a terminal sends is for the parent to pass on
                )
        except OSError:
            self._line.close()
            raise
        self.born = time.monotonic()
        self.started: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        """Whether it listens; false once it cannot any more."""
        self.ended = asyncio.create_task(self._listen())

    async def end(self, grace: float) -> None:
        """Stop it politely; by force after `grace` seconds. Returns when it is gone."""
        if self.process.poll() is None:
            self.process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.ended), grace + BEYOND_GRACE)
            return
        _log.error("process_killed", pid=self.process.pid)
        self.process.kill()
        await self.ended

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        with self._line:
            self.started.set_result(await loop.sock_recv(self._line, 1) != b"")
            if self.started.result():
                await loop.sock_recv(self._line, 1)
        await asyncio.to_thread(self.process.wait)  # its files are closed: a matter of moments


class Supervisor:
    """Keeps `count` children alive until told to stop."""

    def __init__(
        self,
        command: Sequence[str],
        listening: socket.socket,
        count: int,
        grace: float,
        ready: Callable[[], None],
    ) -> None:
        """`grace`: seconds that requests in flight have to end. `ready` is called once all listen;
        `listening` is closed at the end."""
        self._command, self._listening = command, listening
        self._count, self._grace, self._ready = count, grace, ready
        self._children: list[Child] = []
        self._slots = [asyncio.Lock() for _ in range(count)]
        self._retiring: set[asyncio.Task[None]] = set()
        self._stop, self._roll = asyncio.Event(), asyncio.Event()

    async def run(self) -> int:
        """The exit code: 0 when told to stop (SIGTERM, SIGINT), 1 when the children do not start.
        SIGHUP replaces them one by one."""
        had_terminal = _has_terminal()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` has it
            loop.add_signal_handler(signal.SIGHUP, self._hang_up, had_terminal)
        self._children = [self._born() for _ in range(self._count)]
        began = await self._unless_stopped(self._all_started())
        if began:
            self._ready()
            await self._unless_stopped(self._look_after())
        await self._end_all()
        return 0 if self._stop.is_set() else 1

    def _hang_up(self, had_terminal: bool) -> None:
        """A terminal that is closed ends us like any other way of stopping; otherwise SIGHUP is
        meant."""
        (self._stop if had_terminal and not _has_terminal() else self._roll).set()

    def _born(self) -> Child:
        return Child(self._command, self._listening)

    async def _all_started(self) -> bool:
        started = (asyncio.shield(child.started) for child in self._children)
        return all(await asyncio.gather(*started))

    async def _look_after(self) -> bool:
        await asyncio.gather(*(self._keep(slot) for slot in range(self._count)), self._roll_all())
        return True

    async def _unless_stopped(self, work: Coroutine[None, None, bool]) -> bool:
        """What `work` returns; false when we are told to stop before."""
        task, stopped = asyncio.create_task(work), asyncio.create_task(self._stop.wait())
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        if stopped.done():
            task.cancel()
            await asyncio.wait((task,))
            return False
        stopped.cancel()
        return task.result()

    async def _keep(self, slot: int) -> None:
        pause = 0.0
        while True:
            child = self._children[slot]
            await asyncio.shield(child.ended)
            if child is not self._children[slot]:
                continue
            young = time.monotonic() - child.born < YOUNG
            pause = min(2 * pause, LONGEST_PAUSE) if young and pause else FIRST_PAUSE
            code = child.process.returncode
            _log.error("process_died", pid=child.process.pid, code=code, restart_in=pause)
            await asyncio.sleep(pause)
            async with self._slots[slot]:
                if child is self._children[slot]:
                    with suppress(OSError):  # no memory, or no process left: after the next pause
                        self._children[slot] = self._born()

    async def _roll_all(self) -> None:
        while True:
            await self._roll.wait()
            self._roll.clear()
            for slot in range(self._count):
                async with self._slots[slot]:
                    if not await self._replaced(slot):
                        break

    async def _replaced(self, slot: int) -> bool:
        """Whether a new child listens in the old one's place. If not, nothing has changed."""
        old = self._children[slot]
        try:
            fresh = self._born()
        except OSError:
            _log.error("process_not_replaced", pid=old.process.pid)
            return False
        try:
            listens = await asyncio.wait_for(asyncio.shield(fresh.started), PATIENCE)
        except TimeoutError:
            listens = False
        except asyncio.CancelledError:
            self._retire(fresh)
            raise
        if not listens:
            _log.error("process_not_replaced", pid=old.process.pid)
        self._retire(old if listens else fresh)
        if listens:
            self._children[slot] = fresh
        return listens

    def _retire(self, child: Child) -> None:
        task = asyncio.create_task(child.end(self._grace))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _end_all(self) -> None:
        self._listening.close()
        await asyncio.gather(*(child.end(self._grace) for child in self._children))
        await asyncio.gather(*self._retiring)


class Line:
    """A child's end of the line to its parent."""

    def __init__(self, line: socket.socket, grace: float) -> None:
        """Watches it from now on: without a parent this process ends as if told to stop, and by
        force when its requests have not ended `grace` seconds later."""
        self._line, self._grace = line, grace
        threading.Thread(target=self._watch, name="parent", daemon=True).start()

    def ready(self) -> None:
        """Tell the parent that this process listens."""
        with suppress(OSError):
            self._line.send(b"+")

    def _watch(self) -> None:
        with suppress(OSError):
            self._line.recv(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(self._grace + BEYOND_GRACE)
        os._exit(1)


def inherited(descriptors: str) -> tuple[socket.socket, socket.socket]:
    """The listening socket and the line, in a child. Raises `ValueError` or `OSError`."""
    listening, line = (socket.socket(fileno=int(each)) for each in descriptors.split(","))
    for each in (listening, line):
        each.set_inheritable(False)
    return listening, line


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
