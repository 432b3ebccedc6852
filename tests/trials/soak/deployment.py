"""Three gateways, three workers and PostgreSQL, each a process that can be killed and restarted."""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.connections.postgres import PostgresPool
from adapters.credentials.postgres import PostgresCredentials
from core.keys import Keyring
from core.voter import Numic
from graphql_api.settings import read_keys
from tests.servers.postgres import PostgresServer, administer
from tests.trials.soak.voters import Voter

HERE = Path(__file__).parent
RELAY = HERE.parents[1] / "end_to_end" / "smtp_relay.py"
PATIENCE = 60.0
RECEIPT_WITHIN = 20
"""Seconds; short, so that missing receipts are many within half an hour."""
OPEN = """
SELECT kind, state, count(*) FROM delivery
WHERE state = 'queued' OR (state = 'accepted' AND kind = 'password') GROUP BY kind, state
"""


class Deployment:
    """`names` are the processes that may be killed; `killed` counts how often each was. `python`
    runs the commands of reassort."""

    def __init__(self, folder: Path, voters: Sequence[Voter]) -> None:
        self.folder, self.outside = folder, folder / "outside"
        self.python = sys.executable
        self.outside.mkdir()
        self._voters = voters
        self._database = PostgresServer()
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
            "DATA_DIR": str(folder / "data"),
            "REGISTER": "postgres",
            "CREDENTIALS": "postgres",
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
        self._database.stop()

    # -- What came of it --

    async def come_to_rest(self) -> None:
        """Wait until every message has an end, for some minutes at most."""
        deadline = time.monotonic() + 420
        while await self.messages_without_end() and time.monotonic() < deadline:
            await asyncio.sleep(2)

    async def messages_without_end(self) -> dict[str, int]:
        rows = await administer(self._database.dsn(), OPEN)
        return {f"{kind} {state}": count for kind, state, count in rows}

    async def failing_passwords(
        self, passwords: Mapping[str, Sequence[str]], voter: Callable[[int], Voter]
    ) -> list[int]:
        """The voters whose latest SMS does not sign them in."""
        pool = PostgresPool(self._database.dsn())
        credentials = PostgresCredentials(pool, workers=os.cpu_count() or 2)
        try:
            checks = [self._fails(credentials, each, passwords) for each in self._voters]
            return [number for number in await asyncio.gather(*checks) if number is not None]
        finally:
            await credentials.aclose()
            await pool.close()

    async def _fails(
        self,
        credentials: PostgresCredentials,
        voter: Voter,
        passwords: Mapping[str, Sequence[str]],
    ) -> int | None:
        had = passwords.get(voter.phone, ())
        if not had or await credentials.verify(Numic(voter.numic), had[-1]):
            return None
        return voter.number

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
        return {**kept, **ours, "DATABASE_URL": self._database.dsn(), "NO_COLOR": "1"}


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
