"""Register behind a REST service of the consular information system; see `rest_contract`."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import stamina

from adapters.connections.guarded_http import (
    GuardedHttp,
    GuardSettings,
    NoAnswer,
    PassingFailure,
    secret_url,
)
from adapters.register.rest_contract import (
    IDENTIFIER_CHECK,
    SEARCH,
    BrokenContract,
    match_of,
    says_unknown,
    search_body,
    voter_of,
)
from core.circuit import CircuitSettings
from core.errors import RegisterUnavailable
from core.ports.clock import Clock
from core.voter import ElectoralNumber, Identifier, Numic, Voter


@dataclass(frozen=True)
class RestRegisterSettings:
    """How to ask. Durations are in seconds."""

    url: str
    """Base of the service: `/voters/search` is put behind it. https, but to this very machine."""
    token: str = field(repr=False)
    attempts: int = 4
    attempt_timeout: float = 3.0
    """For one attempt, from asking for a place to the last byte."""
    budget: float = 10.0
    """For all attempts and the waits between them."""
    first_wait: float = 0.1
    longest_wait: float = 2.0
    at_once: int = 8
    """Requests under way."""
    max_bytes: int = 64 * 1024
    """Of an answer's body."""
    circuit: CircuitSettings = field(default_factory=CircuitSettings)

    def __post_init__(self) -> None:
        secret_url(self.url)
        if not self.token.strip():
            raise ValueError("the REST register needs a token")
        if self.attempts < 1 or min(self.attempt_timeout, self.budget) <= 0:
            raise ValueError("the REST register needs at least one attempt, and time for it")
        self.guard  # noqa: B018 - refuses what cannot work

    @property
    def guard(self) -> GuardSettings:
        """The bounds of one attempt."""
        return GuardSettings(self.attempt_timeout, self.at_once, self.max_bytes, self.circuit)


class RestRegister:
    """`core.ports.register.Register` over HTTP. The client is the host's to make and to close.

    Both requests only read, so each may be tried again. Nothing of a voter is kept.
    """

    def __init__(
        self, client: httpx.AsyncClient, settings: RestRegisterSettings, clock: Clock | None = None
    ) -> None:
        self._http = GuardedHttp(client, settings.guard, clock)
        self._settings = settings
        self._url = secret_url(settings.url)

    async def find(self, number: ElectoralNumber) -> Voter | None:
        """See the port."""
        answer = await self._ask(SEARCH, search_body(number))
        try:
            if answer.status_code == httpx.codes.NOT_FOUND and says_unknown(_json(answer)):
                return None
            return voter_of(_json(_successful(answer)), number)
        except BrokenContract as broken:
            raise RegisterUnavailable(f"register: {broken}") from None

    async def identifier_matches(self, numic: Numic, identifier: Identifier) -> bool:
        """See the port."""
        body = {"numic": numic.value, "identifier": identifier.canonical}
        answer = await self._ask(IDENTIFIER_CHECK, body)
        try:
            return match_of(_json(_successful(answer)))
        except BrokenContract as broken:
            raise RegisterUnavailable(f"register: {broken}") from None

    async def _ask(self, path: str, body: dict[str, str]) -> httpx.Response:
        try:
            async with asyncio.timeout(self._settings.budget):
                return await self._attempts(path, body)
        except TimeoutError:
            raise RegisterUnavailable("register: no answer in time") from None
        except NoAnswer as failure:
            raise RegisterUnavailable(f"register: {failure}") from None

    async def _attempts(self, path: str, body: dict[str, str]) -> httpx.Response:
        settings = self._settings
        attempts = stamina.retry_context(
            on=self._again,
            attempts=settings.attempts,
            timeout=settings.budget,
            wait_initial=settings.first_wait,
            wait_max=settings.longest_wait,
            wait_jitter=settings.first_wait,
        )
        headers = {
            "Authorization": f"Bearer {settings.token}",
            "Content-Type": "application/json",
        }
        async for attempt in attempts:
            with attempt:
                content = json.dumps(body).encode()
                return await self._http.send("POST", self._url + path, headers, content)
        raise AssertionError("stamina ends with an answer or an error")

    def _again(self, error: Exception) -> bool | float:
        """Stamina's question after a failure: whether to try again, or after how many seconds."""
        if not isinstance(error, PassingFailure):
            return False
        if error.wait is None:
            return True
        if error.wait >= self._settings.budget:
            return False
        return error.wait + self._settings.first_wait  # not a moment before the circuit allows it


def _successful(answer: httpx.Response) -> httpx.Response:
    if answer.status_code != httpx.codes.OK:
        raise BrokenContract(f"status {answer.status_code}")
    return answer


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise BrokenContract("the answer is not JSON") from None
    except RecursionError:
        raise BrokenContract("the answer is nested too deeply") from None
