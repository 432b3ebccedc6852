"""Inbox: where the demo and the sandbox keep what they would have sent.

It holds links, passwords and security codes in clear, which is its very purpose: never use it
where real voters are written to.
"""

from __future__ import annotations

import json
import os
import time
from collections import deque
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

KEPT = 500
"""How many of each kind are shown."""
A_WRITE = 0.05
"""Seconds that another process's one `write` may take: a line that grows meanwhile is not torn."""


class Inbox:
    """In memory without a path; with one, a file of JSON lines that several processes share.

    Every record is one `write` of one line in append mode, so that records of different processes
    never mix. The file is readable by its owner only.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._lock = Lock()
        self._forget()
        if path is not None:
            _mend(path)

    def add_email(self, to: str, subject: str, text: str, html: str, at: datetime) -> None:
        """Keep one e-mail, as its reader would see it."""
        content = {"to": to, "subject": subject, "text": text, "html": html, "at": at.isoformat()}
        self._add("emails", content)

    def add_sms(self, to: str, text: str, at: datetime, route: str) -> None:
        """Keep one SMS, as its reader would see it."""
        self._add("sms", {"to": to, "text": text, "at": at.isoformat(), "route": route})

    def add_security_code(self, id: str, answer: str) -> None:
        """Keep the answer to one security code."""
        self._add("securityCodes", {"id": id, "answer": answer})

    def contents(self) -> dict[str, Any]:
        """`{"emails": [...], "sms": [...], "securityCodes": {id: answer}}`, newest first."""
        with self._lock:
            self._read()
            codes = reversed(self._kept["securityCodes"])
            return {
                "emails": list(reversed(self._kept["emails"])),
                "sms": list(reversed(self._kept["sms"])),
                "securityCodes": {code["id"]: code["answer"] for code in codes},
            }

    def _forget(self) -> None:
        self._offset = 0
        self._kept: dict[str, deque[dict[str, str]]] = {
            kind: deque(maxlen=KEPT) for kind in ("emails", "sms", "securityCodes")
        }

    def _add(self, kind: str, content: dict[str, str]) -> None:
        if self._path is None:
            with self._lock:
                self._kept[kind].append(content)
        else:
            _append(self._path, f"{json.dumps({'kind': kind, **content})}\n".encode())

    def _read(self) -> None:
        """Take in what was written since the last time, by whichever process."""
        if self._path is None:
            return
        try:
            size = self._path.stat().st_size
        except FileNotFoundError:
            size = 0
        if size < self._offset:
            self._forget()
        if size == self._offset:
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            whole_lines, newline, _ = file.read().rpartition(b"\n")
        self._offset += len(whole_lines) + len(newline)
        for line in whole_lines.split(b"\n"):
            # A line that a crash tore is not a record.
            with suppress(ValueError, KeyError, TypeError):
                record = json.loads(line)
                self._kept[record.pop("kind")].append(record)


def _append(path: Path, line: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, line)
    finally:
        os.close(file)


def _mend(path: Path) -> None:
    """Create the file, or close a last line that a crash tore, lest it spoil the next record."""
    _append(path, b"")
    path.chmod(0o600)
    seen = _unfinished_at(path)
    if seen is not None:
        time.sleep(A_WRITE)
        if _unfinished_at(path) == seen:
            _append(path, b"\n")


def _unfinished_at(path: Path) -> int | None:
    """The size of a file whose last line has no end: torn, or still being written by another."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 1))
        last = file.read(1)  # one byte: others may append meanwhile
    return None if last in (b"", b"\n") else size
