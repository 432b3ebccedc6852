"""What a request costs, by how many networks were seen within the window; run by hand.

    python -m tests.benchmarks.cost_of_networks [--requests 1500] [--seen 1 1000000]
    PYTHONPATH=TREE TREE/.venv/bin/python tests/benchmarks/cost_of_networks.py   # another version

The endpoint as it is delivered, in this process, without a socket. Requests come at a pace that a
single process bears, two hundred a second: a counter that tidies up beside them must have the time
to. The limits are so high that none is reached. CPU milliseconds of the whole process, threads
included, for each request, and the memory at its highest.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import resource
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from graphql_api.app import build_endpoint
from graphql_api.compose import compose, prepare_database
from graphql_api.settings import read_settings

PACE = 0.005
FIELD = "renewalLink"
BODY = b'{"query": "{ renewalLink(token: \\"x\\") { usable code } }"}'


def address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def spent() -> float:
    """Seconds of CPU so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def measure(requests: int, seen: int, folder: Path) -> float:
    """Milliseconds a request, once so many networks have been seen."""
    now = datetime.now(UTC)
    day = timedelta(days=1)
    settings = read_settings(
        keys="2027:" + "a2V5" * 11,
        voting_rounds=[{"id": "2027-1", "opens_at": now - day, "closes_at": now + day}],
        data_dir=folder,
        email="inbox",
        sms="inbox",
        network_limit="1000000/minute",  # counted, never reached
        overall_limit="1000000000/minute",
        documents_limit="none",
        log_level="WARNING",
    )
    prepare_database(settings)
    application = compose(settings)
    await application.start()
    app = build_endpoint(settings, application.gateway)
    for number in range(seen):
        await application.gateway.limits.count(FIELD, address(number))

    async def ask(client: str) -> None:
        answered: list[object] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": BODY, "more_body": False}

        async def send(message: dict[str, object]) -> None:
            answered.append(message.get("body", b""))

        headers = [(b"content-type", b"application/json"), (b"accept", b"*/*")]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
        await app({**scope, "headers": headers, "client": (client, 1)}, receive, send)  # pyright: ignore
        assert b'"UNKNOWN_LINK"' in answered[-1], answered  # pyright: ignore

    gc.collect()
    for number in range(50):
        await ask(address(number))
    begun = spent()
    for number in range(requests):
        await ask(address(number * 997 % max(seen, requests)))
        await asyncio.sleep(PACE)
    found = (spent() - begun) / requests * 1e3
    await application.stop()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1500)
    parser.add_argument("--seen", type=int, nargs="+", default=[1, 1_000_000])
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    print("networks seen | ms of CPU a request | memory, MB")
    for seen in given.seen:
        with tempfile.TemporaryDirectory(prefix="reassort-networks-") as folder:
            cost = asyncio.run(measure(given.requests, seen, Path(folder)))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{seen:,} | {cost:.3f} | {memory:.0f}", flush=True)


if __name__ == "__main__":
    main()
