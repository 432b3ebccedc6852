"""What a whole renewal costs, and what a gateway and an accepted request hold."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.footprint import resident_mebibytes
from tests.benchmarks.whole_renewal import costs
from tests.servers.postgres import administer

from .contenders import OURS
from .measuring import Run
from .ours import HERE
from .place import Place

STEPS = Path(__file__).parents[1] / "cost_of_steps.py"
CODE = "gateway: a security code with its picture"


def whole_renewal(renewals: int) -> dict[str, float]:
    """Milliseconds of CPU on PostgreSQL, by what they go to: the real commands, from the request to
    the notice, and one security code with its picture, of which a renewal takes two."""
    return {CODE: _code_with_picture()} | costs("postgres", renewals)


def _code_with_picture() -> float:
    command = [sys.executable, str(STEPS), "--in-turns", "--batch", "20", "--rounds", "3"]
    told = subprocess.run(
        [*command, "--until", "accept a request"],
        input="\n" * 4,
        env=os.environ | {"PYTHONPATH": str(HERE)},
        cwd=HERE,
        capture_output=True,
        text=True,
        check=True,
    )
    rounds = [json.loads(line)["ours"] for line in told.stdout.splitlines()][1:]
    return statistics.median(each["issue a code with its image"][0] for each in rounds)


def held(run: Run, place: Place) -> dict[str, float]:
    """Mebibytes of a gateway after the load, and bytes in the database for an accepted request."""
    if OURS not in run.servers:
        return {}
    asked = (
        "SELECT pg_database_size(current_database()) - pg_database_size('template1'), count(*) "
        "FROM recovery_request"
    )
    ((size, requests),) = asyncio.run(administer(place.server.dsn(OURS), asked))
    return {
        "gateway_mib": resident_mebibytes(run.servers[OURS].process.pid),
        "request_bytes": float(size) / max(requests, 1),
    }
