"""One import at a time, and nothing left over from one that was killed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.register.import_csv.outcome import ImportFailed


@contextmanager
def alone(register: Path) -> Iterator[None]:
    """Holds the register's lock file, which the system releases when the process ends in any way.

    Raises `ImportFailed` when another import holds it, OSError when the folder takes no files.
    """
    descriptor = os.open(_beside(register, "lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        _lock(descriptor)
        for leftover in register.parent.glob(_escaped(register.name) + ".importing-*"):
            leftover.unlink()
        yield
    finally:
        os.close(descriptor)


@contextmanager
def work_file(register: Path) -> Iterator[Path]:
    """A path beside the register, gone at the end unless it was renamed."""
    path = _beside(register, f"importing-{os.getpid()}")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ImportFailed("another import into this register is running") from None


def _beside(register: Path, suffix: str) -> Path:
    return register.with_name(f"{register.name}.{suffix}")


def _escaped(name: str) -> str:
    return "".join(f"[{each}]" if each in "*?[" else each for each in name)
