"""What the queue and the bounds on connections cost a server; run by hand, on an idle machine.

    python -m tests.benchmarks.cost_of_bounds [--requests 3000] [--tree ../before]

Starts `serve` of each tree, this one first, with the Python that runs this. Prints microseconds of
the server's CPU a request on one connection, and for how many silent connections it answers
`/healthz` yet, with the memory that it takes before and while they are open.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path

SILENT = 1000
HERE = Path(__file__).parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 120.0


def environment(tree: Path, folder: Path) -> dict[str, str]:
    now = datetime.now(UTC)
    opens, closes = ((now + timedelta(days=days)).isoformat() for days in (-1, 1))
    settings = {
        "KEYS": f"bench:{urlsafe_b64encode(os.urandom(32)).decode()}",
        "VOTING_ROUNDS": json.dumps([{"id": "b", "opens_at": opens, "closes_at": closes}]),
        "DATA_DIR": str(folder),
        "EMAIL": "inbox",
        "SMS": "inbox",
        "DEV_INBOX": "1",
        "LINK_TEMPLATE": "https://vote.example.org/renouveler#token={token}",
    }
    kept = {name: text for name, text in os.environ.items() if not name.startswith("REASSORT_")}
    ours = {f"REASSORT_{name}": text for name, text in settings.items()}
    return {**kept, **ours, "PYTHONPATH": str(tree), "NO_COLOR": "1"}


class Server:
    """`serve` of one tree."""

    def __init__(self, tree: Path, folder: Path) -> None:
        command = [sys.executable, "-m", "graphql_api"]
        given = environment(tree, folder)
        subprocess.run([*command, "migrate"], cwd=tree, env=given, check=True, timeout=PATIENCE)
        self.out = folder / "out"
        with self.out.open("wb") as out:
            serve = [*command, "serve", "--port", "0"]
            self.process = subprocess.Popen(serve, cwd=tree, env=given, stdout=out, stderr=out)
        self.port = self._port()

    def _port(self) -> int:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if found := re.search(r"listening on \S*?:(\d+)", self.out.read_text("utf-8")):
                return int(found[1])
            time.sleep(0.1)
        raise SystemExit(self.out.read_text("utf-8"))

    @property
    def cpu(self) -> float:
        """Seconds so far."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(") ")[2].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    @property
    def memory(self) -> float:
        """Megabytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("utf-8")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def ask(self, times: int) -> None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        body = json.dumps({"query": "{__typename}"})
        for _ in range(times):
            connection.request("POST", "/graphql", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            assert b"Query" in answer.read()
        connection.close()

    def health(self) -> str:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", "/healthz")
            return str(connection.getresponse().status)
        except (OSError, HTTPException) as failure:
            return type(failure).__name__


def main(tree: Path, requests: int) -> None:
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        server = Server(tree, Path(folder))
        stack.callback(server.process.wait, 30)
        stack.callback(server.process.terminate)
        server.ask(500)
        before = server.cpu
        server.ask(requests)
        spent = (server.cpu - before) / requests * 1e6
        empty = server.memory
        for _ in range(SILENT):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20))
        time.sleep(1)
        print(
            f"{tree}: {spent:.0f} us a request; {empty:.0f} MB, with {SILENT} silent connections "
            f"{server.memory:.0f} MB, /healthz then {server.health()}",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--tree", type=Path, action="append", default=[])
    given = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8192), most))
    for tree in (HERE, *given.tree, HERE, *given.tree):
        main(tree.resolve(), given.requests)
