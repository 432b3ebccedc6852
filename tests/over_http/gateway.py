"""A gateway in a process of its own, over a folder of its own, and what its process has used."""

from __future__ import annotations

import json
import os
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from graphql_api.compose import prepare_database
from graphql_api.settings import read_settings
from tests.servers.commands import Start, start_python

PATIENCE = 180.0
"""Seconds for a start: the machine may be busy."""
KEYS = "2027:" + "a2V5" * 11
_PAGE = os.sysconf("SC_PAGE_SIZE")


class GatewayProcess:
    """`reassort serve`, ended by `stop`."""

    def __init__(self, folder: Path, start: Start = start_python, **given: object) -> None:
        """`given` are settings, by their names in lower case."""
        self.folder = folder
        data = folder / "data"
        prepare_database(read_settings(keys=KEYS, data_dir=data))
        self._log = folder / "serve.err"
        command = ["-m", "graphql_api", "serve", "--port", "0"]
        with (folder / "serve.out").open("wb") as out, self._log.open("wb") as err:
            environment = _environment(data, given)
            self.handle = start(command, out, err, environment)
        self.url = self._address()
        self.host, _, port = self.url.removeprefix("http://").rpartition(":")
        self.port = int(port)

    @property
    def graphql(self) -> str:
        return f"{self.url}/graphql"

    @property
    def logged(self) -> str:
        """What it has written to its log so far."""
        return self._log.read_text("utf-8")

    def cpu(self) -> float:
        """Milliseconds of CPU that all its threads have used."""
        tasks = Path(f"/proc/{self.handle.pid}/task").iterdir()
        used = (int((task / "schedstat").read_text().split()[0]) for task in tasks)
        return sum(used) / 1e6

    def memory(self) -> float:
        """Resident megabytes."""
        pages = int(Path(f"/proc/{self.handle.pid}/statm").read_text().split()[1])
        return pages * _PAGE / 2**20

    def stop(self) -> int:
        """End it politely; its exit code."""
        if self.handle.poll() is None:
            self.handle.terminate()
        return self.handle.wait(PATIENCE)

    def _address(self) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.handle.poll() is None:
            said = (self.folder / "serve.out").read_text("utf-8")
            if found := re.search(r"listening on (http://\S+)\n", said):
                return found[1]
            time.sleep(0.02)
        self.handle.kill()
        self.handle.wait(PATIENCE)
        raise AssertionError(self.logged[-2000:])


def _environment(data: Path, given: dict[str, object]) -> dict[str, str]:
    now = datetime.now(UTC)
    calendar = {
        "id": "2027-1",
        "opens_at": (now - timedelta(days=1)).isoformat(),
        "closes_at": (now + timedelta(days=9)).isoformat(),
    }
    settings = {
        "keys": KEYS,
        "voting_rounds": json.dumps([calendar]),
        "data_dir": data,
        "link_template": "https://vote.example.org/renouveler#token={token}",
        "email": "inbox",
        "sms": "inbox",
        "network_limit": "none",
        "overall_limit": "none",
        "assistance_address_limit": "none",
        "log_level": "DEBUG",
        **given,
    }
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("REASSORT_") and name != "DATABASE_URL"
    }
    ours = {f"REASSORT_{name.upper()}": str(value) for name, value in settings.items()}
    return {**inherited, **ours, "NO_COLOR": "1"}
