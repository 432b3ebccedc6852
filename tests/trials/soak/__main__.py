"""A rehearsal of an election's worst half-hour, by one command:

    make soak ARGS="--minutes 30"
    make soak ARGS="--engine sqlite --renewals 1000 --voters 500 --at-once 30"

Starts PostgreSQL, or none with SQLite, three gateways, three workers, a mail relay and an SMS
gateway with two routes; lets voters renew without a pause; and kills a gateway, a worker or the
database with SIGKILL every few seconds, starting it again. Then everything is left to come to rest,
and what the mailboxes and phones received is compared with the credential store. Exits with 1 when
a renewal was lost, a voter's latest password fails or an earlier one works, or a message has no
end.

Voters renew over and over under the policy `trial`: the caps that one voter meets in an election, 3
renewals a day and 6 e-mails, are not what is tried here.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx

from adapters.captcha.digits import DigitsCaptcha
from adapters.system import SystemClock, SystemRandomness
from tests.trials.soak.deployment import Deployment
from tests.trials.soak.voters import Crowd, Post, Voter


async def renewals(crowd: Crowd, options: argparse.Namespace, deadline: float) -> None:
    """So many voters at a time, each again and again, until the time or the number is up."""
    begun = Counter[str]()

    async def one_place(voters: list[Voter]) -> None:
        async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
            while time.monotonic() < deadline and begun["renewals"] < options.renewals:
                for voter in voters:
                    if time.monotonic() >= deadline or begun["renewals"] >= options.renewals:
                        return
                    begun["renewals"] += 1
                    await crowd.renew(voter, client)

    places = options.at_once
    groups = [[Voter(n) for n in range(i, options.voters, places)] for i in range(places)]
    following = asyncio.create_task(crowd.post.follow())
    await asyncio.gather(*(one_place(group) for group in groups))
    following.cancel()
    crowd.met["begun"] = begun["renewals"]


async def harm(deployment: Deployment, options: argparse.Namespace, stop: asyncio.Event) -> None:
    """Kill something every few seconds, and start it again at once."""
    chance = random.Random(options.seed)
    while not stop.is_set():
        deployment.restart_what_ended()
        try:
            await asyncio.wait_for(stop.wait(), chance.uniform(*options.every))
        except TimeoutError:
            victim = chance.choice(deployment.victims)
            await asyncio.to_thread(deployment.kill_and_restart, victim)


async def rehearse(deployment: Deployment, options: argparse.Namespace) -> int:
    post = Post(deployment.outside)
    captcha = DigitsCaptcha(
        deployment.keyring, SystemClock(), SystemRandomness(), timedelta(minutes=10)
    )
    crowd = Crowd(deployment.addresses, captcha, post)
    stop = asyncio.Event()
    harming = asyncio.create_task(harm(deployment, options, stop))
    telling = asyncio.create_task(tell(crowd, deployment))
    started = time.monotonic()
    await renewals(crowd, options, started + options.minutes * 60)
    stop.set()
    await harming
    await asyncio.sleep(3)
    telling.cancel()
    deployment.restart_what_ended()
    took = time.monotonic() - started
    await deployment.come_to_rest()
    post.look()
    return await report(crowd, deployment, took)


async def tell(crowd: Crowd, deployment: Deployment) -> None:
    while True:
        await asyncio.sleep(30)
        killed = sum(deployment.killed.values())
        print(f"{crowd.met['renewed']} renewed, {len(crowd.lost)} lost, {killed} kills", flush=True)


async def report(crowd: Crowd, deployment: Deployment, took: float) -> int:
    """Compares what arrived with the credential store; the exit code."""
    failing, double = await deployment.wrong_passwords(crowd.post.passwords)
    unended = await deployment.messages_without_end()
    distinct = sum(len(set(each)) for each in crowd.post.passwords.values())
    seconds = sorted(crowd.seconds) or [0.0]
    print(f"\nrenewals begun {crowd.met['begun']}, ended with an SMS {crowd.met['renewed']}")
    print(f"in {took:.0f} s; killed: {dict(deployment.killed)}")
    median, late = statistics.median(seconds), seconds[int(len(seconds) * 0.99)]
    print(f"from the form to the SMS: median {median:.1f} s, 99 % {late:.1f} s")
    print(f"e-mails {crowd.post.emails}, SMS {crowd.post.sms}, passwords {distinct}: ", end="")
    print(f"{crowd.post.sms - distinct} SMS more than once")
    print(f"what voters met with: {dict(crowd.met)}")
    print(f"lost: {len(crowd.lost)} {crowd.lost[:10]}")
    print(f"voters whose latest password fails: {len(failing)} {failing[:10]}")
    print(f"voters whom an earlier password signs in: {len(double)} {double[:10]}")
    print(f"messages without an end: {unended}")
    wrong = crowd.lost or failing or double or unended
    return 1 if wrong or not crowd.met["renewed"] else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--renewals", type=int, default=20_000)
    parser.add_argument("--voters", type=int, default=4_000, help="10000 at most")
    parser.add_argument("--at-once", type=int, default=120)
    parser.add_argument("--every", type=float, nargs=2, default=(4.0, 12.0))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="reassort-soak-") as folder:
        deployment = Deployment(
            Path(folder), [Voter(n) for n in range(options.voters)], options.engine
        )
        try:
            deployment.start()
            return asyncio.run(rehearse(deployment, options))
        finally:
            deployment.stop()


if __name__ == "__main__":
    sys.exit(main())
