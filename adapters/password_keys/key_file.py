"""The file of the password keys: one day's key, from which those of later days follow.

It is replaced, never edited: a process that is killed leaves the one before or the one after. Every
refusal is a `KeyUnavailable` whose text says what to do, and holds nothing of a key.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.day_keys import DayKey
from core.errors import KeyUnavailable
from core.keys import KEY_BYTES

LONGEST = 4096
"""Bytes that are read at most."""
_FORM = "reassort password key 1"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class NoKeyFile(KeyUnavailable):
    """There is no such file."""


def new_key(day: date) -> DayKey:
    """A key that follows from no other, with an id of its own."""
    return DayKey(secrets.token_hex(4), day, secrets.token_bytes(KEY_BYTES))


def make(path: Path, key: DayKey) -> bool:
    """Write the file, for its owner alone; False when there is one already, which is kept. Raises
    `KeyUnavailable` when it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(path):
            if path.exists():
                return False
            _replace(path, key)
            return True
    except OSError as failure:
        raise _told(path, "cannot be made", failure) from None


def read(path: Path) -> DayKey:
    """The key in the file. Raises `KeyUnavailable` for a file that is missing, that others may
    read, or that is damaged."""
    try:
        with _alone(path, fcntl.LOCK_SH):
            return _read(path)
    except FileNotFoundError:
        raise NoKeyFile(f"the password key file {path} is missing") from None
    except OSError as failure:
        raise _told(path, "cannot be read", failure) from None


def advance(path: Path, file_id: str, day: date) -> DayKey:
    """Have the file hold no key of a day before; what it holds then. Of several processes one does
    it, the others find it done. Raises `KeyUnavailable`: then the file is as it was."""
    try:
        with _alone(path):
            kept = _read(path)
            if kept.file_id != file_id:
                text = f"the password key file {path} was replaced by another: restart"
                raise KeyUnavailable(text)
            if kept.day >= day:
                return kept
            later = kept.at(day)
            _replace(path, later)
            return later
    except ValueError:
        text = f"{day} is years after the password key file {path}: look at the clock"
        raise KeyUnavailable(text) from None
    except FileNotFoundError:
        raise NoKeyFile(f"the password key file {path} is missing") from None
    except OSError as failure:
        raise _told(path, "cannot be replaced, its keys are kept", failure) from None


def mode(path: Path) -> int:
    """The permissions of the file. Raises OSError."""
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def _alone(path: Path, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Holds the folder, which the system lets go when the process ends in any way."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, kind)
        yield
    finally:
        os.close(folder)


def _read(path: Path) -> DayKey:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise KeyUnavailable(f"{path} is no file of password keys")
        if found.st_mode & _OTHERS:
            text = f"others may read the password key file {path}: run `chmod 600` on it"
            raise KeyUnavailable(text)
        content = file.read(LONGEST)
    try:
        return _parsed(json.loads(content))
    except (ValueError, KeyError, TypeError, AttributeError):
        text = f"the password key file {path} is damaged: put back a copy of today, or replace it"
        raise KeyUnavailable(text) from None


def _parsed(content: dict[str, Any]) -> DayKey:
    secret = bytes.fromhex(content["key"])
    key = DayKey(content["id"], date.fromisoformat(content["day"]), secret)
    if content["form"] != _FORM or content["check"] != _check(key):
        raise ValueError("damaged")
    return key


def _check(key: DayKey) -> str:
    """Shows a file that was cut off or copied badly."""
    text = f"{_FORM} {key.file_id} {key.day} ".encode() + key.secret
    return sha256(text).hexdigest()[:16]


def _written(key: DayKey) -> bytes:
    content = {
        "form": _FORM,
        "id": key.file_id,
        "day": key.day.isoformat(),
        "key": key.secret.hex(),
        "check": _check(key),
    }
    return (json.dumps(content, indent=1) + "\n").encode()


def _replace(path: Path, key: DayKey) -> None:
    """All or nothing, on disk when it returns. What stood in the file before is overwritten where
    it stood: a disk that writes elsewhere keeps it all the same."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    try:
        _write(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), _written(key))
        before = os.open(path, os.O_WRONLY) if path.exists() else None
        try:
            os.replace(beside, path)
            _sync_folder(path.parent)
        except BaseException:
            if before is not None:
                os.close(before)
            raise
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    if before is not None:
        with suppress(OSError):  # the name is the new file's already
            _write(before, bytes(os.fstat(before).st_size))


def _write(descriptor: int, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _told(path: Path, what: str, failure: OSError) -> KeyUnavailable:
    reason = failure.strerror or type(failure).__name__
    return KeyUnavailable(f"the password key file {path} {what}: {reason}")
