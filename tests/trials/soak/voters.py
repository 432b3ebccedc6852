"""Voters by the hundred: each renews, reads the e-mail, confirms, and waits for the SMS.

They are patient and stubborn: an answer that is lost on its way is asked for again, as a voter
would press the button again.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from adapters.captcha.digits import DigitsCaptcha

CODE = "mutation C($s: RenewalStep!) { issueSecurityCode(input: {step: $s}) { id } }"
ASK = """
mutation A($numic: String!, $email: String!, $code: SecurityCodeAnswer!) {
  requestPasswordRenewal(input: {numic: $numic, email: $email, securityCode: $code}) { __typename }
}
"""
CONFIRM = """
mutation B($token: String!, $identifier: String!, $code: SecurityCodeAnswer!) {
  confirmPasswordRenewal(input: {token: $token, identifier: $identifier, securityCode: $code}) {
    __typename ... on Problem { code }
  }
}
"""
PATIENCE = 420.0
"""Seconds to wait for an e-mail or SMS before it counts as lost."""


@dataclass(frozen=True)
class Voter:
    """Sample data, made by number."""

    number: int

    @property
    def numic(self) -> str:
        return f"{self.number + 10_000_000:08}"

    @property
    def email(self) -> str:
        return f"voter{self.number}@example.org"

    @property
    def phone(self) -> str:
        return f"+336399{80_000 + self.number:05}"

    @property
    def identifier(self) -> str:
        return f"S{self.number:07}AMPL"

    @property
    def row(self) -> str:
        return f"{self.numic};;{self.identifier};{self.email};{self.phone};"


class Post:
    """What arrived, followed as the files grow: tokens by mailbox, texts by phone, in order."""

    def __init__(self, folder: Path) -> None:
        self._files = {name: folder / f"{name}.jsonl" for name in ("emails", "sms")}
        self._read = dict.fromkeys(self._files, 0)
        self.tokens: dict[str, list[str]] = {}
        self.passwords: dict[str, list[str]] = {}
        self.emails = self.sms = 0

    async def follow(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(0.2)

    def look(self) -> None:
        for record in self._new("emails"):
            self.emails += 1
            text = record["content"].replace("=\r\n", "").replace("=\n", "").replace("=3D", "=")
            if found := re.search(r"#token=([\w-]{43})", text):
                self.tokens.setdefault(record["to"][0], []).append(found[1])
        for record in self._new("sms"):
            self.sms += 1
            password = record["text"].splitlines()[1]
            self.passwords.setdefault(record["to"], []).append(password)

    def _new(self, name: str) -> list[dict[str, Any]]:
        if not self._files[name].exists():
            return []
        with self._files[name].open("rb") as file:
            file.seek(self._read[name])
            text, newline, _ = file.read().rpartition(b"\n")
        self._read[name] += len(text) + len(newline)
        return [json.loads(line) for line in text.splitlines()]


@dataclass
class Crowd:
    """The voters, the addresses that they use, and what they met with."""

    addresses: list[str]
    captcha: DigitsCaptcha
    post: Post
    met: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    async def renew(self, voter: Voter, client: httpx.AsyncClient) -> None:
        """One renewal from the form to the SMS."""
        started = time.monotonic()
        had = len(self.post.passwords.get(voter.phone, []))
        token = await self._confirmed_token(voter, client)
        if token is None:
            self.lost.append(f"e-mail to voter {voter.number}")
            return
        if not await self._until(lambda: len(self.post.passwords.get(voter.phone, [])) > had):
            self.lost.append(f"SMS to voter {voter.number}")
            return
        self.met["renewed"] += 1
        self.seconds.append(time.monotonic() - started)

    async def _confirmed_token(self, voter: Voter, client: httpx.AsyncClient) -> str | None:
        while True:
            seen = len(self.post.tokens.get(voter.email, []))
            await self._ask(voter, client)
            if not await self._until(lambda: len(self.post.tokens.get(voter.email, [])) > seen):  # noqa: B023
                return None
            token = self.post.tokens[voter.email][-1]
            if await self._confirm(voter, token, client):
                return token
            self.met["asked anew: the link was overtaken"] += 1

    async def _ask(self, voter: Voter, client: httpx.AsyncClient) -> None:
        while True:
            variables = {"numic": voter.numic, "email": voter.email}
            answer = await self._with_code(client, ASK, "REQUEST", variables)
            if answer == "RenewalRequested":
                return
            self.met[f"request: {answer}"] += 1

    async def _confirm(self, voter: Voter, token: str, client: httpx.AsyncClient) -> bool:
        """True once confirmed; a link that is used was confirmed by an answer that got lost."""
        unsure = False
        while True:
            variables = {"token": token, "identifier": voter.identifier}
            answer = await self._with_code(client, CONFIRM, "CONFIRM", variables)
            if answer == "PasswordRenewed" or (answer == "LINK_USED" and unsure):
                return True
            if answer in ("LINK_REVOKED", "LINK_EXPIRED"):
                return False
            self.met[f"confirmation: {answer}"] += 1
            unsure = True

    async def _with_code(
        self, client: httpx.AsyncClient, query: str, step: str, variables: dict[str, Any]
    ) -> str:
        """The type of the answer, or the code of the problem, or what went wrong."""
        try:
            issued = await self._post(client, CODE, {"s": step})
            code_id = issued["issueSecurityCode"]["id"]
            code = {"id": code_id, "answer": self.captcha.answer_to(code_id) or ""}
            (answer,) = (await self._post(client, query, variables | {"code": code})).values()
            return answer.get("code") or answer["__typename"]
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as failure:
            await asyncio.sleep(self.chance.uniform(0.1, 1.0))
            return type(failure).__name__

    async def _post(
        self, client: httpx.AsyncClient, query: str, variables: dict[str, Any]
    ) -> dict[str, Any]:
        url = self.chance.choice(self.addresses) + "/graphql"
        answer = await client.post(url, json={"query": query, "variables": variables})
        return answer.json()["data"]

    async def _until(self, holds: Any) -> bool:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.2)
        return True
