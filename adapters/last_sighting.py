"""What this machine remembers of its database, in a file of the data folder: outside of what a
backup of the database puts back."""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from core.lineage import Sighting

LONGEST_BYTES = 200
_log = structlog.stdlib.get_logger("reassort.lineage")


class LastSightingFile:
    """The port `LastSighting`: one line, replaced as a whole. Several processes may write it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._has_failed = False

    def read(self) -> Sighting | None:
        try:
            with self._path.open(encoding="utf-8") as file:
                name, looks = file.read(LONGEST_BYTES).split()
                return Sighting(name, int(looks))
        except (OSError, ValueError):
            return None

    def write(self, sighting: Sighting) -> None:
        own = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            own.unlink(missing_ok=True)
            descriptor = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(f"{sighting.name} {sighting.looks}\n")
            own.replace(self._path)
        except OSError as failure:
            if not self._has_failed:
                _log.warning("sighting_not_kept", reason=type(failure).__name__)
            self._has_failed = True
