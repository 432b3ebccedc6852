"""This gateway, or another tree's: the real commands, set by the environment."""

from __future__ import annotations

import json
import os
import sys
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.code_price import CodePrice
from graphql_api.settings import read_keys
from tests.benchmarks.http_load import demands

from .place import Place
from .running import Server, run, start

HERE = Path(__file__).parents[3]
KEYS = "2027:" + "a2V5" * 11
EASY = 8
"""Bits of a price: a check takes as long for any number of them."""
HIGH = "100000000/minute"
"""A limit that no load reaches: it is counted all the same."""
COUNTED = {"network_limit": HIGH, "overall_limit": HIGH, "documents_limit": HIGH}
LEAN = {"network_limit": "none", "overall_limit": "none", "log_level": "WARNING"}
PRICED = {"security_code_price": "required", "security_code_price_bits": str(EASY)}
PARTNER = {"partner_limits": json.dumps({"consulat": HIGH})}


@dataclass
class Gateway:
    """`reassort serve`, and a worker beside it where mail is sent."""

    engine: str
    tree: Path = HERE
    given: dict[str, str] = field(default_factory=dict)
    processes: int = 1
    with_partner: bool = False
    with_worker: bool = False
    _headers: str = ""
    _next: int = 1

    expected = b"RenewalRequested"

    def start(self, place: Place, name: str) -> Server:
        folder = place.folder(name)
        environment = self._environment(place, folder, name)
        command = [self._python, "-P", "-m", "graphql_api"]
        run([*command, "migrate"], folder, environment)
        if self.with_partner:
            key = run([*command, "partner", "add", "consulat"], folder, environment).split()[-1]
            self._headers = f"Authorization: Bearer {key}\r\n"
        if self.with_worker:
            _write_register(folder / "register.csv", place.voters)
            run([*command, "import-register", "register.csv"], folder, environment)
        serve = [*command, "serve", "--port", "0"]
        if self.processes > 1:
            serve += ["--processes", str(self.processes)]
        process, said = start(serve, folder, environment, r"listening on http://\S+:(\d+)\n")
        others = ()
        if self.with_worker:
            others = (start([*command, "worker"], folder, environment, r"working\n")[0],)
        return Server(process, int(said[1]), others)

    async def requests(self, count: int) -> deque[bytes]:
        """Each of another voter, with a fresh code."""
        ring, first = read_keys(KEYS), self._next
        self._next += count
        price = CodePrice(ring, EASY) if "security_code_price" in self.given else None
        return await demands(ring, count, self._headers, price, first)

    @property
    def _python(self) -> str:
        return sys.executable if self.tree == HERE else str(self.tree / ".venv" / "bin" / "python")

    def _environment(self, place: Place, folder: Path, name: str) -> dict[str, str]:
        now = datetime.now(UTC)
        calendar = {
            "id": "2027-1",
            "opens_at": (now - timedelta(days=1)).isoformat(),
            "closes_at": (now + timedelta(days=9)).isoformat(),
        }
        settings = {
            "keys": KEYS,
            "voting_rounds": json.dumps([calendar]),
            "data_dir": str(folder / "data"),
            "sms": "inbox",
            "smtp_port": str(place.relay_port),
            "smtp_security": "plain",
            **self.given,
        }
        inherited = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith("REASSORT_") and key != "DATABASE_URL"
        }
        database = {"DATABASE_URL": place.database(name)} if self.engine == "postgres" else {}
        ours = {f"REASSORT_{key.upper()}": value for key, value in settings.items()}
        return inherited | ours | database | {"PYTHONPATH": str(self.tree)}


def _write_register(path: Path, voters: int) -> None:
    lines = (
        f"{each:08};AAAA{each:08};voter-{each:08}@example.org;+3363998{each % 10000:04}\n"
        for each in range(1, voters + 1)
    )
    path.write_text("numic;identifier;email;phone\n" + "".join(lines), "utf-8")
