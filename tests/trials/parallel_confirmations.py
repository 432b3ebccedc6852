"""One link, confirmed by many at once over three gateways: exactly one may win (R13).

    PYTHONPATH=. python -m tests.trials.parallel_confirmations --rounds 200 --at-once 200

Starts PostgreSQL, three gateways and three workers. In each round a voter asks for a link and it is
confirmed so many times at the same moment, each with a security code of its own, spread over the
gateways. Exits with 1 unless every round has one winner and one new password.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

import httpx

from adapters.captcha.digits import DigitsCaptcha
from adapters.system import SystemClock, SystemRandomness
from core.security_code import RenewalStep
from tests.trials.soak.deployment import Deployment
from tests.trials.soak.voters import ASK, CONFIRM, Post, Voter


class Round:
    """What a round needs: clients to each gateway, codes made here with the deployment's key."""

    def __init__(self, deployment: Deployment, clients: list[httpx.AsyncClient]) -> None:
        clock, chance = SystemClock(), SystemRandomness()
        self._captcha = DigitsCaptcha(deployment.keyring, clock, chance, timedelta(minutes=10))
        self._clients = clients
        self._post = Post(deployment.outside)

    async def play(self, voter: Voter, at_once: int) -> Counter[str]:
        """The answers to all confirmations of one link, counted."""
        variables = {"numic": voter.numic, "email": voter.email}
        asked = await self._send(0, ASK, variables, await self._code(RenewalStep.REQUEST))
        assert asked == "RenewalRequested", asked
        token = await self._token(voter)
        variables = {"token": token, "identifier": voter.identifier}
        codes = [await self._code(RenewalStep.CONFIRM) for _ in range(at_once)]
        calls = [self._send(n, CONFIRM, variables, code) for n, code in enumerate(codes)]
        return Counter(await asyncio.gather(*calls))

    async def passwords(self, voter: Voter) -> set[str]:
        """What the phone received, once something did."""
        for _ in range(300):
            self._post.look()
            if voter.phone in self._post.passwords:
                await asyncio.sleep(0.5)
                self._post.look()
                break
            await asyncio.sleep(0.1)
        return set(self._post.passwords.get(voter.phone, ()))

    async def _token(self, voter: Voter) -> str:
        for _ in range(600):
            self._post.look()
            if found := self._post.tokens.get(voter.email):
                return found[-1]
            await asyncio.sleep(0.05)
        raise RuntimeError("no e-mail")

    async def _code(self, step: RenewalStep) -> dict[str, str]:
        issued = await self._captcha.issue(step)
        return {"id": issued.id, "answer": self._captcha.answer_to(issued.id) or ""}

    async def _send(self, n: int, query: str, variables: dict, code: dict[str, str]) -> str:
        body = {"query": query, "variables": variables | {"code": code}}
        answer = await self._clients[n % len(self._clients)].post("/graphql", json=body)
        (found,) = answer.json()["data"].values()
        return found.get("code") or found["__typename"]


async def play(deployment: Deployment, voters: list[Voter], at_once: int) -> int:
    limits = httpx.Limits(max_connections=100)
    clients = [
        httpx.AsyncClient(base_url=each, timeout=60, trust_env=False, limits=limits)
        for each in deployment.addresses
    ]
    rounds, totals, wrong = Round(deployment, clients), Counter[str](), 0
    for voter in voters:
        answers = await rounds.play(voter, at_once)
        totals += answers
        one_winner = answers["PasswordRenewed"] == 1 and answers["LINK_USED"] == at_once - 1
        wrong += not one_winner
    several = [each.number for each in voters if len(await rounds.passwords(each)) != 1]
    for client in clients:
        await client.aclose()
    print(f"{len(voters)} rounds of {at_once}: {dict(totals)}")
    print(f"rounds without exactly one winner: {wrong}; not one password: {several}")
    return 1 if wrong or several else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=200)
    options = parser.parse_args()
    voters = [Voter(n) for n in range(options.rounds)]
    with tempfile.TemporaryDirectory(prefix="reassort-parallel-") as folder:
        deployment = Deployment(Path(folder), voters)
        try:
            deployment.start()
            return asyncio.run(play(deployment, voters, options.at_once))
        finally:
            deployment.stop()


if __name__ == "__main__":
    sys.exit(main())
