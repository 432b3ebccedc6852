"""What counting a use costs, by how many networks were seen within the window.

    python -m tests.benchmarks.cost_of_limits [--uses 20000]

Ours beside the fixed window that `limits` keeps in memory, in one run: CPU seconds of the process,
threads included, for each use by networks that come one after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import threading
from collections.abc import Callable

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from graphql_api.access.limits import EdgeLimits

SEEN = (1, 1_000, 100_000, 1_000_000)


def address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def cpu_of(uses: int, networks: int, count: Callable[[str], None]) -> float:
    """Microseconds of CPU a use, once so many networks have been seen."""
    for number in range(networks):
        count(address(number))
    before = resource.getrusage(resource.RUSAGE_SELF)
    for number in range(uses):
        count(address(number % networks))
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent / uses * 1e6


def ours() -> Callable[[str], None]:
    edge = EdgeLimits("30/minute", "1000000000/minute")

    def count(client: str) -> None:
        step = edge.count("requestPasswordRenewal", client)
        try:
            step.send(None)
        except StopIteration:
            return
        except Exception:
            step.close()

    return count


def library() -> Callable[[str], None]:
    limiter = FixedWindowRateLimiter(MemoryStorage())
    limits = [parse("30/minute"), parse("1000000000/minute")]

    def count(client: str) -> None:
        for limit, key in zip(limits, (client, "everyone"), strict=True):
            limiter.hit(limit, "requestPasswordRenewal", key)

    return count


async def main(uses: int, most_for_library: int) -> None:
    print("networks seen | ours, us a use | the library's, us a use | memory, MB | threads")
    for networks in SEEN:
        mine = cpu_of(uses, networks, ours())
        theirs = "-"
        if networks <= most_for_library:
            theirs = f"{cpu_of(min(uses, 2_000), networks, library()):.1f}"
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{networks:,} | {mine:.1f} | {theirs} | {memory:.0f} | {threading.active_count()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--uses", type=int, default=20_000)
    parser.add_argument("--most-for-library", type=int, default=100_000)
    given = parser.parse_args()
    asyncio.run(main(given.uses, given.most_for_library))
