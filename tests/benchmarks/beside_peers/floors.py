"""Bare routes, as processes: `python -m tests.benchmarks.beside_peers.floors ENGINE TARGET`.

Uvicorn with uvloop and httptools and without its access log; the garbage collector is spared as
ours is, so that the floor is no lower than it can be.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from tests.benchmarks.bare_routes import in_a_thread, in_postgres
from tests.benchmarks.http_load import rows

from .ours import HERE
from .place import Place
from .running import Server, start


@dataclass
class Floor:
    """One row, one commit a request."""

    engine: str
    expected = b"true"

    def start(self, place: Place, name: str) -> Server:
        folder = place.folder(name)
        on_postgres = self.engine == "postgres"
        target = place.database(name) if on_postgres else str(folder / "bare.sqlite3")
        command = [sys.executable, "-m", "tests.benchmarks.beside_peers.floors"]
        environment = os.environ | {"PYTHONPATH": str(HERE)}
        process, said = start(
            [*command, self.engine, target], folder, environment, r"listening on (\d+)\n"
        )
        return Server(process, int(said[1]))

    async def requests(self, count: int) -> deque[bytes]:
        return rows(count)


def serve(engine: str, target: str) -> None:
    app = in_postgres(target) if engine == "postgres" else in_a_thread(Path(target))
    listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    print(f"listening on {listening.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    serve(*sys.argv[1:])
