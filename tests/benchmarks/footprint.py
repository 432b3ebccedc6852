"""What a process holds: memory, and connections to the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.servers.postgres import administer


def footprint(name: str, pid: int, dsn: str) -> str:
    """One line: resident and proportional memory, and the connections that are named ours."""
    return (
        f"{name}: {_mebibytes(pid, 'Rss'):.0f} MiB resident, {_mebibytes(pid, 'Pss'):.0f} MiB "
        f"proportional; {connections(dsn)} connections"
    )


def resident_mebibytes(pid: int) -> float:
    """What a process has in memory, shared pages counted whole."""
    return _mebibytes(pid, "Rss")


def connections(dsn: str) -> int:
    """How many connections the server has from our processes, all together."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reassort'"
    ((count,),) = asyncio.run(administer(dsn, query))
    return count


def _mebibytes(pid: int, kind: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    (kibibytes,) = (line.split()[1] for line in lines if line.startswith(f"{kind}:"))
    return int(kibibytes) / 1024
