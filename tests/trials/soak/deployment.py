"""Three gateways, three workers and PostgreSQL, each a process that can be killed and restarted; or
the same over one SQLite file."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.connections.postgres import PostgresPool
from adapters.credentials.postgres import PostgresCredentials
from adapters.credentials.sqlite import SqliteCredentials
from core.keys import Keyring
from core.voter import Numic
from graphql_api.settings import read_keys
from tests.servers.postgres import PostgresServer, administer
from tests.trials.soak.voters import Voter

HERE = Path(__file__).parent
RELAY = HERE.parents[1] / "end_to_end" / "smtp_relay.py"
PATIENCE = 180.0
"""Seconds for a process to start or end: six at once, on a machine that is busy."""
RECEIPT_WITHIN = 20
"""Seconds; short, so that missing receipts are many within half an hour."""
OPEN = """
SELECT kind, state, count(*) FROM delivery
WHERE state = 'queued' OR (state = 'accepted' AND kind = 'password') GROUP BY kind, state
"""


class Deployment:
    """`names` are the processes that may be killed; `killed` counts how often each was. `python`
    runs the commands of reassort. `engine`: `postgres` or `sqlite`, which has no process."""

    def __init__(self, folder: Path, voters: Sequence[Voter], engine: str = "postgres") -> None:
        self.folder, self.outside = folder, folder / "outside"
        self.python = sys.executable
        self._data = folder / "data"
        self.outside.mkdir()
        self._voters = voters
        self._database = PostgresServer() if engine == "postgres" else None
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._ports = {f"gateway-{n}": _free_port() for n in range(3)}
        self.names = [*self._ports, "worker-0", "worker-1", "worker-2"]
        self.killed: Counter[str] = Counter()
        now = datetime.now(UTC)
        round_ = {
            "id": "sample",
            "opens_at": (now - timedelta(days=1)).isoformat(),
            "closes_at": (now + timedelta(days=1)).isoformat(),
        }
        self._settings = {
            "KEYS": f"soak:{urlsafe_b64encode(os.urandom(32)).decode()}",
            "VOTING_ROUNDS": json.dumps([round_]),
            "POLICY": "trial",
            "DATA_DIR": str(self._data),
            "REGISTER": engine,
            "CREDENTIALS": engine,
            "LINK_TEMPLATE": "https://vote.example.org/renouveler#token={token}",
            "SMTP_SECURITY": "plain",
            "NETWORK_LIMIT": "none",
            "OVERALL_LIMIT": "none",
            "JOB_LEASE": "20",
            "SMTP_TIMEOUT": "5",
            "LOG_LEVEL": "WARNING",
        }

    @property
    def keyring(self) -> Keyring:
        return read_keys(self._settings["KEYS"])

    @property
    def victims(self) -> list[str]:
        """What may be killed; the database more rarely than all others."""
        return [*self.names * 3, *(["database"] * 2 if self._database else [])]

    @property
    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self._ports.values()]

    # -- Starting and killing --

    def start(self) -> None:
        relay = self._neighbour("relay", str(RELAY), str(self.outside))
        peers = ",".join(self.addresses)
        sms = self._neighbour("sms", str(HERE / "gateway.py"), str(self.outside), "--peers", peers)
        self._settings["SMTP_PORT"] = relay
        self._settings |= _routes(sms, self.addresses[0])
        self._command("migrate")
        source = self.folder / "register.csv"
        header = "numic;numel;identifier;email;phone;identifier_renewed_in\n"
        source.write_text(header + "\n".join(each.row for each in self._voters) + "\n", "utf-8")
        self._command("import-register", str(source), "--report", str(self.folder / "report.csv"))
        for name in self.names:
            self._start(name)
        for name in self.names:
            self._await_ready(name)

    def kill_and_restart(self, name: str) -> None:
        self.killed[name.partition("-")[0]] += 1
        if name == "database":
            assert self._database
            self._database.kill()
            time.sleep(0.5)
            self._database.start()
            return
        self._running[name].kill()
        self._running[name].wait(PATIENCE)
        self._start(name)

    def restart_what_ended(self) -> None:
        """As a supervisor does: a process that starts while the database is down gives up."""
        for name in self.names:
            if self._running[name].poll() is not None:
                self.killed["ended by itself"] += 1
                self._start(name)

    def stop(self) -> None:
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._database:
            self._database.stop()

    # -- What came of it --

    async def come_to_rest(self) -> None:
        """Wait until every message has an end, for some minutes at most."""
        deadline = time.monotonic() + 420
        while await self.messages_without_end() and time.monotonic() < deadline:
            await asyncio.sleep(2)

    async def messages_without_end(self) -> dict[str, int]:
        if self._database:
            rows = await administer(self._database.dsn(), OPEN)
        else:
            with closing(sqlite3.connect(self._data / "recovery.sqlite3", timeout=30)) as file:
                rows = file.execute(OPEN).fetchall()
        return {f"{kind} {state}": count for kind, state, count in rows}

    async def wrong_passwords(
        self, passwords: Mapping[str, Sequence[str]]
    ) -> tuple[list[int], list[int]]:
        """The voters whose latest SMS does not sign them in, and those whom an earlier one does."""
        workers = os.cpu_count() or 2
        pool = PostgresPool(self._database.dsn()) if self._database else None
        if pool:
            credentials = PostgresCredentials(pool, workers=workers)
        else:
            credentials = SqliteCredentials(self._data / "credentials.sqlite3", workers=workers)
        try:
            signs_in = [self._sign_in(credentials, each, passwords) for each in self._voters]
            answers = dict(zip(self._voters, await asyncio.gather(*signs_in), strict=True))
        finally:
            await credentials.aclose()
            if pool:
                await pool.close()
        failing = [each.number for each, (*_, last) in answers.items() if not last]
        double = [each.number for each, (*before, _) in answers.items() if any(before)]
        return failing, double

    async def _sign_in(
        self,
        credentials: PostgresCredentials | SqliteCredentials,
        voter: Voter,
        passwords: Mapping[str, Sequence[str]],
    ) -> list[bool]:
        """Whether each of a voter's last passwords does, in the order in which they first came: an
        SMS that came again, or late by another route, is no newer. Good where there is none."""
        had = list(dict.fromkeys(passwords.get(voter.phone, ())))[-3:]
        numic = Numic(voter.numic)
        return [await credentials.verify(numic, each) for each in had] or [True]

    # -- Processes --

    def _start(self, name: str) -> None:
        kind = name.partition("-")[0]
        command = ["serve", "--port", str(self._ports[name])] if kind == "gateway" else ["worker"]
        self._spawn(name, self.python, "-m", "graphql_api", *command)

    def _await_ready(self, name: str) -> None:
        self._said(name, r"(listening on|working)")

    def _neighbour(self, name: str, *arguments: str) -> str:
        self._spawn(name, sys.executable, *arguments)
        return self._said(name, r"listening on (\d+)\n")

    def _spawn(self, name: str, *arguments: str) -> None:
        with (
            (self.folder / f"{name}.out").open("ab") as out,
            (self.folder / f"{name}.err").open("ab") as err,
        ):
            self._running[name] = subprocess.Popen(
                arguments, stdout=out, stderr=err, env=self._environment()
            )

    def _said(self, name: str, pattern: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._running[name].poll() is None:
            if found := re.search(pattern, (self.folder / f"{name}.out").read_text("utf-8")):
                return found[1]
            time.sleep(0.05)
        raise RuntimeError((self.folder / f"{name}.err").read_text("utf-8")[-2000:])

    def _command(self, *arguments: str) -> None:
        subprocess.run(
            [self.python, "-m", "graphql_api", *arguments],
            env=self._environment(),
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE,
        )

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("REASSORT_")}
        ours = {f"REASSORT_{name}": value for name, value in self._settings.items()}
        shared = {"DATABASE_URL": self._database.dsn()} if self._database else {}
        return {**kept, **ours, **shared, "NO_COLOR": "1"}


def _routes(port: str, receipts: str) -> dict[str, str]:
    def route(name: str) -> dict[str, object]:
        options = {
            "kannel_url": f"http://127.0.0.1:{port}/{name}/sendsms",
            "kannel_username": "soak",
            "kannel_password": {"env": "REASSORT_SOAK_GATEWAY"},
        }
        return {"gateway": "kannel", "receipt_within": RECEIPT_WITHIN, "options": options}

    return {
        "SMS_ROUTES": json.dumps({name: route(name) for name in ("a", "b")}),
        "RECEIPTS_URL": f"{receipts}/receipts",
        "SOAK_GATEWAY": "gateway-password",
    }


def _free_port() -> int:
    """A port that was free a moment ago: a process that is killed comes back to its own."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]
