"""What all contenders share: a folder, one PostgreSQL server, one relay, known voters."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.postgres import PostgresServer, administer

from .relay import Taken
from .running import CLIENT_CPU, on_cpu, tree_cpu


@dataclass(frozen=True)
class Place:
    """Where they run. The script itself, the database and the relay have the other core."""

    root: Path
    server: PostgresServer
    relay_port: int
    taken: Taken
    voters: int
    """How many voters each of them knows."""

    def folder(self, name: str) -> Path:
        path = self.root / name
        path.mkdir(exist_ok=True)
        return path

    def database(self, name: str) -> str:
        """The DSN of a new database."""
        asyncio.run(administer(self.server.dsn(), f"CREATE DATABASE {name}"))
        return self.server.dsn(name)

    def database_cpu(self) -> float:
        """Seconds of CPU of the server and all its processes."""
        return tree_cpu(self.server.pid)


@contextmanager
def place(root: Path, voters: int) -> Iterator[Place]:
    counted = root / "taken"
    taken = Taken.at_zero(counted)
    command = [sys.executable, "-m", "tests.benchmarks.beside_peers.relay", str(counted)]
    with on_cpu(CLIENT_CPU):
        server = PostgresServer()
        relay = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert relay.stdout
        yield Place(root, server, int(relay.stdout.readline().split()[-1]), taken, voters)
    finally:
        relay.terminate()
        relay.wait(10)
        server.stop()
