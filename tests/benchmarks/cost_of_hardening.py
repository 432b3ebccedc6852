"""What the endpoint's checks cost a caller who behaves; run by hand.

    python -m tests.benchmarks.cost_of_hardening [--batch 300] [--rounds 15]

Both endpoints stand in this process over the same gateway and store, and take the same mutation
(`requestPasswordRenewal`, each with a security code of its own), as ASGI apps, without a socket:
what a server adds to both would only bring them closer.

    hardened   the whole app as it is delivered
    with a key, with a token   the same for a partner, whom the guard recognises first
    bare       orjson, the same schema and memory of documents without limits, orjson: no check of
               the body, no choice of media type, no headers

Rounds alternate, in an order drawn anew. The figure is requests a second of CPU time (every thread
of the process), and its ratio to the bare endpoint's, the median over the rounds. Exits with 1 when
a partner's is below 0.75.
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

from adapters.system import SystemClock, SystemRandomness
from core.use_cases.keep_partners import KeepPartners
from graphql_api.access.scopes import RENEWALS
from graphql_api.app import build_app
from graphql_api.compose import Application, compose, prepare_database
from graphql_api.documents.hardening.limits import DocumentLimits
from graphql_api.running.logs import configure_logs
from graphql_api.schema.call import CONTEXT_KEY
from graphql_api.schema.executable import build_schema
from graphql_api.settings.callers import IssuerSettings
from tests.benchmarks.gateway_settings import gateway_settings
from tests.benchmarks.http_load import demands
from tests.servers.issuer import IssuerServer, SigningKey

BOUND = 0.75
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


Headers = list[tuple[bytes, bytes]]


async def post(app: ASGIApp, body: bytes, more: Headers) -> bytes:
    """What an app answers to one body."""
    headers = [(b"content-type", b"application/json"), (b"accept", b"*/*"), *more]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b""}
    answer: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        answer.append(message.get("body", b""))

    await app({**scope, "headers": headers, "client": ("203.0.113.7", 1)}, receive, send)
    return b"".join(answer)


async def rate(app: ASGIApp, bodies: list[bytes], more: Headers) -> float:
    """Requests a second of CPU time, sixteen at once."""
    begun = time.process_time()
    for start in range(0, len(bodies), 16):
        answers = await asyncio.gather(
            *(post(app, each, more) for each in bodies[start : start + 16])
        )
        assert all(b"RenewalRequested" in each for each in answers), answers[0]
    return len(bodies) / (time.process_time() - begun)


async def measure(batch: int, rounds: int, folder: Path) -> list[dict[str, float]]:
    """The rates of each round, by endpoint."""
    issuer, key = IssuerServer(), SigningKey("benchmark")
    issuer.keys = [key.jwk]
    await issuer.start()
    trusted = {
        "issuer": "i",
        "audience": "a",
        "jwks_uri": issuer.url,
        "kind": "partner",
        "partners": {"consulat": "consulat"},
    }
    settings = gateway_settings(folder).model_copy(
        update={"issuers": (IssuerSettings.model_validate(trusted),)}
    )
    prepare_database(settings)
    application = compose(settings)
    await application.start()
    store = application.ports.store
    keeper = KeepPartners(store.begin, store.read, SystemClock(), SystemRandomness())
    secret = (await keeper.register("sample", [RENEWALS], by="ada")).reveal()
    await asyncio.sleep(6)  # every process reads the list anew within five seconds
    now = time.time()
    claims = {"iss": "i", "aud": "a", "iat": now, "exp": now + 3600, "client_id": "sample"}
    claims["scope"] = RENEWALS
    token = key.sign(claims, typ="at+jwt")
    hardened = build_app(application)
    apps: dict[str, tuple[ASGIApp, Headers]] = {
        "hardened": (hardened, []),
        "with a key": (hardened, [(b"authorization", b"Bearer " + secret.encode())]),
        "with a token": (hardened, [(b"authorization", b"Bearer " + token.encode())]),
        "bare": (Bare(application), []),
    }
    raw = await demands(settings.keyring, batch * len(apps) * (rounds + 1))
    bodies = [each.partition(b"\r\n\r\n")[2] for each in raw]
    found: list[dict[str, float]] = []
    for _ in range(rounds + 1):
        rates: dict[str, float] = {}
        for name in random.sample(list(apps), len(apps)):
            app, more = apps[name]
            rates[name] = await rate(app, [bodies.pop() for _ in range(batch)], more)
        found.append(rates)
    await application.stop()
    await issuer.stop()
    return found[1:]


def main() -> int:
    parser = argparse.ArgumentParser(description="The cost of the endpoint's checks.")
    parser.add_argument("--batch", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    configure_logs("WARNING")
    with tempfile.TemporaryDirectory(prefix="reassort-hardening-") as folder:
        found = asyncio.run(measure(options.batch, options.rounds, Path(folder)))
    worst = 1.0
    for name in found[0]:
        ratio = statistics.median(each[name] / each["bare"] for each in found)
        median = statistics.median(each[name] for each in found)
        print(f"{name:14}{median:8.0f}/s {ratio:6.2f}")
        worst = min(worst, ratio)
    print(f"bound {BOUND}")
    return 1 if worst < BOUND else 0


if __name__ == "__main__":
    sys.exit(main())
