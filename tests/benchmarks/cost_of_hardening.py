"""What the endpoint's checks cost a caller who behaves; run by hand.

    python -m tests.benchmarks.cost_of_hardening [--batch 300] [--rounds 15]

Both endpoints stand in this process over the same gateway and store, and take the same mutation
(`requestPasswordRenewal`, each with a security code of its own), as ASGI apps, without a socket:
what a server adds to both would only bring them closer.

    hardened   the endpoint as it is delivered
    bare       orjson, the same schema and memory of documents without limits, orjson: no check of
               the body, no choice of media type, no headers

Rounds alternate, the first of each pair drawn anew. The figure is requests a second of CPU time
(every thread of the process), and its ratio, the median over the pairs. Exits with 1 below 0.9.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from dataclasses import fields
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.types.graphql import OperationType

from graphql_api.compose import Application, compose, prepare_database
from graphql_api.gateway import CONTEXT_KEY
from graphql_api.hardening import DocumentLimits
from graphql_api.logs import configure_logs
from graphql_api.over_http.composing import build_endpoint
from graphql_api.schema import build_schema
from tests.benchmarks.http_load import demands
from tests.benchmarks.throughput import benchmark_settings

BOUND = 0.9
NO_LIMITS = DocumentLimits(**{each.name: 10**9 for each in fields(DocumentLimits)})


class Bare:
    """GraphQL over HTTP with nothing between the caller and the schema but its memory."""

    def __init__(self, application: Application) -> None:
        self._gateway = application.gateway
        self._schema = build_schema(limits=NO_LIMITS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = orjson.loads(await Request(scope, receive).body())
        result = await self._schema.run(
            self._schema.read(asked["query"]),
            asked.get("variables"),
            asked.get("operationName"),
            {CONTEXT_KEY: self._gateway.call("203.0.113.7")},
            (OperationType.MUTATION,),
        )
        answer = orjson.dumps({"data": result.data})
        await Response(answer, media_type="application/json")(scope, receive, send)


async def post(app: ASGIApp, body: bytes) -> bytes:
    """What an app answers to one body."""
    headers = [(b"content-type", b"application/json"), (b"accept", b"*/*")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
    answer: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        answer.append(message.get("body", b""))

    await app({**scope, "headers": headers, "client": ("203.0.113.7", 1)}, receive, send)
    return b"".join(answer)


async def rate(app: ASGIApp, bodies: list[bytes]) -> float:
    """Requests a second of CPU time, sixteen at once."""
    begun = time.process_time()
    for start in range(0, len(bodies), 16):
        answers = await asyncio.gather(*(post(app, each) for each in bodies[start : start + 16]))
        assert all(b"RenewalRequested" in each for each in answers), answers[0]
    return len(bodies) / (time.process_time() - begun)


async def measure(batch: int, rounds: int, folder: Path) -> list[tuple[float, float]]:
    """The rates of each pair of rounds: hardened, bare."""
    settings = benchmark_settings(folder)
    prepare_database(settings)
    application = compose(settings)
    await application.start()
    apps: list[ASGIApp] = [build_endpoint(settings, application.gateway), Bare(application)]
    raw = await demands(settings.keyring, batch * 2 * (rounds + 1))
    bodies = [each.partition(b"\r\n\r\n")[2] for each in raw]
    pairs: list[tuple[float, float]] = []
    for _ in range(rounds + 1):
        found = [0.0, 0.0]
        for which in random.sample((0, 1), 2):
            found[which] = await rate(apps[which], [bodies.pop() for _ in range(batch)])
        pairs.append((found[0], found[1]))
    await application.stop()
    return pairs[1:]


def main() -> int:
    parser = argparse.ArgumentParser(description="The cost of the endpoint's checks.")
    parser.add_argument("--batch", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    configure_logs("WARNING")
    with tempfile.TemporaryDirectory(prefix="reassort-hardening-") as folder:
        pairs = asyncio.run(measure(options.batch, options.rounds, Path(folder)))
    hardened, bare = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    print(
        f"hardened {hardened:7.0f}/s\nbare     {bare:7.0f}/s\nratio    {ratio:7.2f} (bound {BOUND})"
    )
    return 1 if ratio < BOUND else 0


if __name__ == "__main__":
    sys.exit(main())
