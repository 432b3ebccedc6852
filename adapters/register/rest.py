"""Register behind a REST service of the consular information system; see `rest_contract`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx
import stamina

from adapters.http import plain_url
from adapters.register.rest_contract import (
    IDENTIFIER_CHECK,
    SEARCH,
    BrokenContract,
    match_of,
    says_unknown,
    search_body,
    voter_of,
)
from core.errors import RegisterUnavailable
from core.voter import ElectoralNumber, Identifier, Numic, Voter


@dataclass(frozen=True)
class RestRegisterSettings:
    """How to ask. Durations are in seconds."""

    url: str
    """Base of the service: `/voters/search` is put behind it."""
    token: str = field(repr=False)
    attempts: int = 4
    attempt_timeout: float = 3.0
    """For one attempt, from connecting to the last byte."""
    budget: float = 10.0
    """For all attempts and the waits between them."""
    first_wait: float = 0.1
    longest_wait: float = 2.0

    def __post_init__(self) -> None:
        plain_url(self.url)
        if not self.token.strip():
            raise ValueError("the REST register needs a token")
        if self.attempts < 1 or min(self.attempt_timeout, self.budget) <= 0:
            raise ValueError("the REST register needs at least one attempt, and time for it")


class _TryAgain(RegisterUnavailable):
    """Worth another attempt, after `wait` seconds when the register said so."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class RestRegister:
    """`core.ports.register.Register` over HTTP. The client is the host's to make and to close."""

    def __init__(self, client: httpx.AsyncClient, settings: RestRegisterSettings) -> None:
        self._client = client
        self._settings = settings
        self._url = plain_url(settings.url)

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
        async for attempt in attempts:
            with attempt:
                return await self._once(path, body)
        raise AssertionError("stamina ends with an answer or an error")

    async def _once(self, path: str, body: dict[str, str]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._settings.token}"}
        try:
            async with asyncio.timeout(self._settings.attempt_timeout):
                answer = await self._client.post(self._url + path, json=body, headers=headers)
        except (httpx.TransportError, TimeoutError) as error:
            raise _TryAgain(f"register: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise RegisterUnavailable(f"register: {type(error).__name__}") from None
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            raise _TryAgain(f"register: status {answer.status_code}", _retry_after(answer))
        return answer

    def _again(self, error: Exception) -> bool | float:
        """Stamina's question after a failure: whether to try again, or after how many seconds."""
        if not isinstance(error, _TryAgain):
            return False
        if error.wait is None:
            return True
        return error.wait if error.wait < self._settings.budget else False


def _retry_after(answer: httpx.Response) -> float | None:
    seconds = answer.headers.get("Retry-After", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() else None


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
