"""Servers under measurement: started on the measured core, their CPU counted, ended in order."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

SERVER_CPU, CLIENT_CPU = 0, 1
PATIENCE = 120.0
"""Seconds for a start or an end."""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """One that listens: a process and those that it started."""

    process: subprocess.Popen[bytes]
    port: int
    others: tuple[subprocess.Popen[bytes], ...] = ()
    """Whose CPU time is told apart: the worker."""

    def cpu(self) -> float:
        """Seconds of CPU of the process and all that it has started."""
        return tree_cpu(self.process.pid)

    def others_cpu(self) -> float:
        return sum(tree_cpu(each.pid) for each in self.others)

    def stop(self) -> None:
        everyone = (self.process, *self.others)
        for each in everyone:
            each.send_signal(signal.SIGTERM)
        for each in everyone:
            try:
                each.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait(PATIENCE)


def tree_cpu(pid: int) -> float:
    """Seconds of CPU of a process, its living descendants, and those of them that have ended."""
    family = [pid, *(each.pid for each in psutil.Process(pid).children(recursive=True))]
    return sum(_cpu_with_ended(each) for each in family)


def _cpu_with_ended(pid: int) -> float:
    """Of its threads as the scheduler has it, and of its children that have ended."""
    process = Path(f"/proc/{pid}")
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
        threads = [(each / "schedstat").read_text() for each in (process / "task").iterdir()]
    except (FileNotFoundError, ProcessLookupError):  # it has ended, and counts with its parent
        return 0.0
    ended = sum(map(int, fields[13:15])) / _TICKS
    return ended + sum(int(each.split()[0]) for each in threads) / 1e9


@contextmanager
def on_cpu(number: int) -> Iterator[None]:
    """What is started meanwhile has this CPU alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {number})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], said: str
) -> tuple[subprocess.Popen[bytes], re.Match[str]]:
    """A process on the measured core, and what it said when it was ready, by a pattern. Output and
    logs go to a file, as where a service writes them. Raises `SystemExit` with the log's end."""
    path = folder / f"{len(list(folder.glob('*.log')))}.log"
    with path.open("wb") as log, on_cpu(SERVER_CPU):
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env=dict(environment), cwd=folder
        )
    found = wait_for(lambda: re.search(said, path.read_text("utf-8")), process)
    if found is None:
        process.kill()
        process.wait(PATIENCE)
        raise SystemExit(f"{command}\n{path.read_text('utf-8')[-3000:]}")
    return process, found


def wait_for(
    look: Callable[[], re.Match[str] | None], process: subprocess.Popen[bytes]
) -> re.Match[str] | None:
    """What `look` finds; None when the process has ended or time is over."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if found := look():
            return found
        time.sleep(0.05)
    return None


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """A command that ends, on any core; its output. Raises `SystemExit` with what it said."""
    ended = subprocess.run(
        command, cwd=folder, env=dict(environment), capture_output=True, text=True
    )
    if ended.returncode:
        raise SystemExit(f"{command}\n{ended.stdout[-2000:]}{ended.stderr[-2000:]}")
    return ended.stdout
