"""Rehearsals: neighbours that keep what they are given, and that fail when told to."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from core.errors import (
    CredentialsRefused,
    CredentialsUnavailable,
    MessageDeferred,
    MessageRefused,
    RegisterUnavailable,
    StoreUnavailable,
)
from core.events import Alert, Event
from core.messages import Acceptance, EmailMessage, PasswordSms
from core.password_issuer import Password
from core.ports.credentials import Credentials, Issuance
from core.ports.register import Register
from core.ports.unit_of_work import BeginUnit, UnitOfWork
from core.rows_deleted import RowsDeleted
from core.voter import ElectoralNumber, Identifier, Numic, Voter

Setback = MessageDeferred | MessageRefused


class KeptEvents:
    """The port `Events`: a list."""

    def __init__(self) -> None:
        self.kept: list[Event | Alert | RowsDeleted] = []

    def record(self, event: Event | Alert | RowsDeleted) -> None:
        self.kept.append(event)


class TrialMessages:
    """The ports `Email` and `Sms`: keeps what is handed over, after the setbacks planned for it."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage | PasswordSms] = []
        self.setbacks: deque[Setback] = deque()
        """What the next calls raise, in this order."""

    async def send(self, message: EmailMessage | PasswordSms) -> Acceptance:
        if self.setbacks:
            raise self.setbacks.popleft()
        self.sent.append(message)
        return Acceptance("trial", str(len(self.sent)))


class TrialRegister:
    """The port `Register` over another one; counts the questions, answers none while `down`."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self.down = False
        self.asked = 0

    async def find(self, number: ElectoralNumber) -> Voter | None:
        self._count()
        return await self._register.find(number)

    async def identifier_matches(self, numic: Numic, identifier: Identifier) -> bool:
        self._count()
        return await self._register.identifier_matches(numic, identifier)

    async def aclose(self) -> None:
        await _close(self._register)

    def _count(self) -> None:
        self.asked += 1
        if self.down:
            raise RegisterUnavailable("rehearsed outage")


class TrialCredentials:
    """The port `Credentials` over another one; takes no password while `down`, takes it without
    being able to say so while `mute`, and answers each voter with `refusal`, if there is one."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials
        self.down = False
        self.mute = False
        self.refusal: CredentialsRefused | None = None

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        if self.down:
            raise CredentialsUnavailable("rehearsed outage")
        if self.refusal is not None:
            raise self.refusal
        taken = await self._credentials.put(numic, password, issuance)
        if self.mute:
            raise CredentialsUnavailable("rehearsed silence")
        return taken

    async def aclose(self) -> None:
        await _close(self._credentials)


async def _close(adapter: object) -> None:
    """What it holds, if it is one that holds something."""
    close = getattr(adapter, "aclose", None)
    if close is not None:
        await close()


class TrialUnits:
    """A `BeginUnit` over another one; after the next `sparing` commits, `failing` ones fail with
    `failure`, and nothing of them is stored."""

    def __init__(self, begin: BeginUnit) -> None:
        self._begin = begin
        self.sparing = 0
        self.failing = 0
        self.failure: type[StoreUnavailable] = StoreUnavailable
        self.begun = 0

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        return self._unit()

    @asynccontextmanager
    async def _unit(self) -> AsyncIterator[UnitOfWork]:
        self.begun += 1
        async with self._begin() as unit:
            yield unit
            if self.sparing:
                self.sparing -= 1
            elif self.failing:
                self.failing -= 1
                raise self.failure("rehearsed outage")
