"""A sandbox in a process of its own, and what a test run asks of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.request import Request, urlopen

PATIENCE = 30
"""Seconds for the sandbox to answer, and to stop."""


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. `room`: which of its rooms, see `X-Sandbox`."""

    url: str
    room: str = ""

    @property
    def graphql(self) -> str:
        """Where operations go, with `headers`."""
        return f"{self.url}/graphql"

    @property
    def headers(self) -> dict[str, str]:
        """What leads a request into this room."""
        return {"X-Sandbox": self.room} if self.room else {}

    def inbox(self) -> dict[str, Any]:
        """`emails`, `sms`, `securityCodes` and `deliveries`, newest first."""
        return self._call("/dev/inbox.json")

    def scenarios(self) -> dict[str, Any]:
        """The voters, and what each brings about."""
        return self._call("/dev/scenarios.json")

    def clock(self) -> datetime:
        """What time it is in the sandbox."""
        return datetime.fromisoformat(self._call("/dev/clock")["now"])

    def advance(self, seconds: float) -> datetime:
        """Move its clock on; what becomes due happens before this returns."""
        return datetime.fromisoformat(self._call("/dev/clock", {"advance": seconds})["now"])

    def reset(self) -> None:
        """Put everything back to the beginning."""
        self._call("/dev/reset", {})

    def _call(self, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        content = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, content, self.headers)  # noqa: S310 - our own address
        with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def running_sandbox(options: list[str]) -> Iterator[Sandbox]:
    """A sandbox in a process of its own, on a port that the system chooses. Raises `RuntimeError`
    when it does not start."""
    command = [sys.executable, "-P", "-m", "graphql_api", "sandbox", "--port", "0", *options]
    process = subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=_environment()
    )
    try:
        yield Sandbox(_address(process))
    finally:
        process.terminate()
        process.wait(PATIENCE)
        if process.stdout is not None:
            process.stdout.close()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", "TERM": "dumb"}


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if line.startswith("listening on "):
            return line.removeprefix("listening on ").strip()
    raise RuntimeError("the sandbox did not start; its errors are above")
