"""The primary dies under load, the standby is promoted, the old primary returns as its standby:

    python -m tests.trials.postgres_failover [--way direct|pgbouncer|pgpool] [--seconds 15]

Three gateways and three workers, whose DATABASE_URL names both nodes (or the poolers in front of
them), while voters renew without a pause. What ends by itself is started again, as systemd does;
nothing else is done to reassort. Commits wait for the standby (`synchronous_standby_names`):
otherwise a failover loses what was not copied yet, whatever the client. Exits with 1 when a renewal
was lost, a voter's latest password fails, a message has no end, or `/readyz` was not right.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import httpx

from adapters.captcha.digits import DigitsCaptcha
from adapters.connections.postgres import POSTGRES_ERRORS, PostgresPool, error_name
from adapters.system import SystemClock, SystemRandomness
from tests.trials.postgres_pair import Pair
from tests.trials.soak.__main__ import report
from tests.trials.soak.deployment import Deployment
from tests.trials.soak.voters import Crowd, Post, Voter

RECOVERED_WITHIN = 40.0
"""Seconds after the promotion until every gateway says that it is ready."""


class OnAPair(Deployment):
    """The deployment of the soak, on two nodes."""

    def __init__(self, folder: Path, voters: list[Voter], pair: Pair) -> None:
        super().__init__(folder, voters, engine="sqlite")
        self._database = pair  # type: ignore[assignment]
        self._settings |= {"REGISTER": "postgres", "CREDENTIALS": "postgres"}


async def ready(addresses: list[str]) -> list[int]:
    """The status of each gateway's /readyz; 0 where there is no answer."""

    async def one(client: httpx.AsyncClient, address: str) -> int:
        try:
            return (await client.get(f"{address}/readyz")).status_code
        except httpx.HTTPError:
            return 0

    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        return list(await asyncio.gather(*(one(client, address) for address in addresses)))


async def until_all_ready(deployment: OnAPair) -> float:
    started = time.monotonic()
    while await ready(deployment.addresses) != [200] * len(deployment.addresses):
        deployment.restart_what_ended()
        if time.monotonic() - started > 4 * RECOVERED_WITHIN:
            break
        await asyncio.sleep(0.5)
    return time.monotonic() - started


async def keep_renewing(crowd: Crowd, voters: list[Voter], stop: asyncio.Event) -> None:
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        for voter in voters:
            if stop.is_set():
                return
            crowd.met["begun"] += 1
            await crowd.renew(voter, client)


async def fail_over(deployment: OnAPair, pair: Pair, seconds: float) -> bool:
    """Whether /readyz was right all the way."""
    right = await ready(deployment.addresses) == [200] * 3
    await asyncio.sleep(seconds)
    await asyncio.to_thread(pair.kill, "a")
    await asyncio.sleep(3)
    without = await ready(deployment.addresses)
    print(f"3 s after the primary's death /readyz says {without}", flush=True)
    await asyncio.to_thread(pair.promote, "b")
    took = await until_all_ready(deployment)
    print(f"all gateways ready {took:.1f} s after the promotion", flush=True)
    await asyncio.sleep(seconds)
    await asyncio.to_thread(pair.return_as_standby, "a", "b")
    print("the old primary is back as a standby", flush=True)
    await asyncio.sleep(seconds)
    again = await ready(deployment.addresses)
    print(f"at the end /readyz says {again}; started again: {dict(deployment.killed)}", flush=True)
    return right and 200 not in without and took < RECOVERED_WITHIN and again == [200] * 3


async def standby_refused(pair: Pair) -> bool:
    """Whether a URL that leads to the standby alone is refused in words."""
    pool = PostgresPool(pair.node("a"))
    try:
        await pool.fetch("SELECT 1")
    except POSTGRES_ERRORS as refused:
        print(f"the standby alone: {error_name(refused)}")
        return True
    finally:
        await pool.close()
    return False


async def rehearse(deployment: OnAPair, pair: Pair, options: argparse.Namespace) -> int:
    captcha = DigitsCaptcha(
        deployment.keyring, SystemClock(), SystemRandomness(), timedelta(minutes=10)
    )
    crowd = Crowd(deployment.addresses, captcha, Post(deployment.outside))
    stop, places = asyncio.Event(), range(options.at_once)
    groups = [[Voter(n) for n in range(i, options.voters, options.at_once)] for i in places]
    following = asyncio.create_task(crowd.post.follow())
    started = time.monotonic()
    load = asyncio.gather(*(keep_renewing(crowd, group, stop) for group in groups))
    try:
        right = await fail_over(deployment, pair, options.seconds)
    finally:
        stop.set()
        await load
        following.cancel()
    deployment.restart_what_ended()
    await deployment.come_to_rest()
    crowd.post.look()
    refused = await standby_refused(pair)
    wrong = await report(crowd, deployment, time.monotonic() - started)
    print(
        f"/readyz right: {'yes' if right else 'NO'}; standby refused: {'yes' if refused else 'NO'}"
    )
    return wrong or (0 if right and refused else 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--way", choices=("direct", "pgbouncer", "pgpool"), default="direct")
    parser.add_argument("--seconds", type=float, default=15, help="before, between, after")
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--voters", type=int, default=5_000)
    options = parser.parse_args()
    pair = Pair(options.way)
    with tempfile.TemporaryDirectory(prefix="reassort-failover-") as folder:
        os.chmod(folder, 0o755)
        voters = [Voter(n) for n in range(options.voters)]
        deployment = OnAPair(Path(folder), voters, pair)
        try:
            deployment.start()
            return asyncio.run(rehearse(deployment, pair, options))
        finally:
            deployment.stop()
            pair.stop()


if __name__ == "__main__":
    sys.exit(main())
