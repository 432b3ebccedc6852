"""What a whole renewal costs, step by step, and what a process and a request hold."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from adapters.credentials.hashing import Argon2id, Argon2Parameters
from tests.benchmarks.footprint import resident_mebibytes
from tests.servers.postgres import administer

from .contenders import OURS
from .measuring import Run
from .ours import HERE
from .place import Place

SCRIPT = Path(__file__).parents[1] / "cost_of_steps.py"
BATCH = 20
HASHES = 7


def steps(place: Place, rounds: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of CPU by step: of our process, and of the database's server. One after the
    other, each alone in its statements: under load requests share some of both."""
    command = [sys.executable, str(SCRIPT), "--in-turns", "--engine", "postgres"]
    command += [
        "--batch",
        str(BATCH),
        "--rounds",
        str(rounds),
        "--database",
        place.database("steps"),
    ]
    told = subprocess.run(
        command,
        input="\n" * (rounds + 1),
        env=os.environ | {"PYTHONPATH": str(HERE)},
        cwd=HERE,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [json.loads(line) for line in told.stdout.splitlines()][1:]
    return {
        step: tuple(statistics.median(each[whose][step][0] for each in found) for whose in _WHOSE)
        for step in found[0]["ours"]
    }


_WHOSE = ("ours", "server")


def hash_milliseconds() -> float:
    """Of CPU, for one password as the product hashes it."""
    hasher, took = Argon2id(Argon2Parameters()), list[float]()
    for number in range(HASHES):
        began = time.process_time()
        hasher.hash(f"password {number}")
        took.append((time.process_time() - began) * 1e3)
    return statistics.median(took)


def extras(run: Run, place: Place) -> dict[str, float]:
    """Memory of a gateway after the load, rows' bytes for an accepted request, and a hash."""
    found = {"hash_ms": hash_milliseconds()}
    if OURS in run.servers:
        found["gateway_mib"] = resident_mebibytes(run.servers[OURS].process.pid)
        size = (
            "SELECT pg_database_size(current_database()) - pg_database_size('template1'), count(*) "
            "FROM recovery_request"
        )
        ((size, requests),) = asyncio.run(administer(place.server.dsn(OURS), size))
        found["request_bytes"] = size / max(requests, 1)
    return found
