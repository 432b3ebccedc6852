"""A command of ours as it is, except that it says what its CPU time went to; for `whole_renewal`.

    python tests/benchmarks/sampled_command.py FILE COMMAND...

What argon2id takes is measured in the thread that hashes, call by call, and stands in FILE as the
seconds so far. SIGUSR2 begins sampling, and ends it: after each millisecond of CPU, or as finely as
the kernel's clock ticks, the main thread is looked at, and what it has used since the last time is
its part's whose frame is innermost. What each part had is in FILE's neighbour `.parts` when the
command ends.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import struct
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

from argon2 import PasswordHasher

from adapters.credentials import hashing

PARTS = (
    ("SMTP client", r"/aiosmtplib/|adapters/email/(smtp|envelope)"),
    (
        "HTTP client",
        r"/(httpx|httpcore|h11|anyio|sniffio)/|adapters/sms/|adapters/connections/http",
    ),
    ("writing e-mails", r"/(jinja2|markupsafe)/|<template>|adapters/email/|/email/|locales"),
    ("log lines", r"/(structlog|logging|orjson)/|adapters/journal|/running/(logs|event_lines)"),
    ("PostgreSQL client", r"/asyncpg/|adapters/connections/postgres|store/postgres_connection"),
    ("SQLite and its batches", r"adapters/store/sqlite|adapters/credentials/sqlite"),
    ("claiming, settling, chores' pace", r"adapters/jobs/|/stored_jobs|pgqueuer_jobs"),
    ("chores", r"use_cases/(fold_|watch_|purge|settle|end_overdue|assign_|know_round|destroy)"),
    ("tables", r"adapters/store/"),
    ("register", r"adapters/register/"),
    ("keys, pseudonyms, hashes", r"core/(keys|one_time_link|password|identifiers)|/cryptography/"),
    ("use cases and rules", r"/core/"),
    ("graphql_api", r"/graphql_api/"),
    ("event loop", r"/asyncio/|/uvloop/"),
)
EVERY = 1_000_000
"""Nanoseconds of the main thread's CPU between two looks."""
_THREAD_CPUTIME, _TO_THREAD = 3, 4
_PARTS = [(name, re.compile(pattern)) for name, pattern in PARTS]


class HashingTime:
    """Seconds of CPU of all hashes so far, where another process can read them."""

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDWR | os.O_CREAT)
        self._lock, self._total = threading.Lock(), 0.0
        os.pwrite(self._file, struct.pack("d", 0.0), 0)

    def watch(self) -> None:
        """From here on."""
        add = self._add

        class Timed(PasswordHasher):
            def hash(self, *given: Any, **named: Any) -> str:
                began = time.thread_time()
                hashed = super().hash(*given, **named)
                add(time.thread_time() - began)
                return hashed

        hashing.PasswordHasher = Timed  # pyright: ignore[reportPrivateImportUsage]

    def _add(self, seconds: float) -> None:
        with self._lock:
            self._total += seconds
            os.pwrite(self._file, struct.pack("d", self._total), 0)


def hashed_for(file: Path) -> float:
    """What `HashingTime` has written there."""
    return struct.unpack("d", file.read_bytes())[0]


class ThreadTimer:
    """Sends SIGPROF to this thread by its own CPU time. `signal.setitimer` counts all threads: one
    that hashes would have the main thread looked at while that waits."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        event = (ctypes.c_int * 16)()  # struct sigevent
        event[2:5] = [signal.SIGPROF, _TO_THREAD, threading.get_native_id()]
        self._timer = ctypes.c_void_p()
        if self._libc.timer_create(_THREAD_CPUTIME, event, ctypes.byref(self._timer)):
            raise OSError(ctypes.get_errno(), "timer_create")

    def set(self, nanoseconds: int) -> None:
        """0: no more."""
        times = (ctypes.c_long * 4)(0, nanoseconds, 0, nanoseconds)  # struct itimerspec
        if self._libc.timer_settime(self._timer, 0, times, None):
            raise OSError(ctypes.get_errno(), "timer_settime")


class Sampler:
    """Adds up the CPU time of the main thread by part."""

    def __init__(self) -> None:
        self.parts: Counter[str] = Counter()
        self._known: dict[str, str | None] = {}
        self._timer, self._runs, self._last = ThreadTimer(), False, 0.0

    def listen(self) -> None:
        signal.signal(signal.SIGPROF, self._look)
        signal.signal(signal.SIGUSR2, self._turn)

    def _turn(self, *_: object) -> None:
        self._runs, self._last = not self._runs, time.thread_time()
        self._timer.set(EVERY if self._runs else 0)

    def _look(self, _: int, frame: FrameType | None) -> None:
        now = time.thread_time()
        self.parts[self._part_of(frame)] += now - self._last  # pyright: ignore
        self._last = now

    def _part_of(self, frame: FrameType | None) -> str:
        while frame is not None:
            file = frame.f_code.co_filename
            if file not in self._known:
                found = (name for name, pattern in _PARTS if pattern.search(file))
                self._known[file] = next(found, None)
            if part := self._known[file]:
                return part
            frame = frame.f_back
        return "else"


def main() -> None:
    file, *command = sys.argv[1:]
    HashingTime(Path(file)).watch()
    sampler = Sampler()
    sampler.listen()
    from graphql_api.__main__ import main as begin

    sys.argv = ["reassort", *command]
    try:
        begin()
    finally:
        Path(f"{file}.parts").write_text(json.dumps(sampler.parts))


if __name__ == "__main__":
    main()
