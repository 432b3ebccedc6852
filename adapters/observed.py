"""Neighbours whose failures are noted: each port over another of its kind."""

from __future__ import annotations

from core.messages import Acceptance, EmailMessage, PasswordSms
from core.outages import Outages
from core.password_issuer import Password
from core.ports.credentials import Credentials, Issuance
from core.ports.email import Email
from core.ports.register import Register
from core.ports.sms import Sms
from core.voter import ElectoralNumber, Identifier, Numic, Voter


class ObservedRegister:
    """The port `Register`."""

    def __init__(self, register: Register, outages: Outages) -> None:
        self._register, self._outages = register, outages

    async def find(self, number: ElectoralNumber) -> Voter | None:
        with self._outages.observing("register"):
            return await self._register.find(number)

    async def identifier_matches(self, numic: Numic, identifier: Identifier) -> bool:
        with self._outages.observing("register"):
            return await self._register.identifier_matches(numic, identifier)


class ObservedCredentials:
    """The port `Credentials`."""

    def __init__(self, credentials: Credentials, outages: Outages) -> None:
        self._credentials, self._outages = credentials, outages

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        with self._outages.observing("credentials"):
            return await self._credentials.put(numic, password, issuance)


class ObservedEmail:
    """The port `Email`, of one relay."""

    def __init__(self, email: Email, outages: Outages, name: str = "relay") -> None:
        self._email, self._outages, self._name = email, outages, name

    async def send(self, message: EmailMessage) -> Acceptance:
        with self._outages.observing(self._name):
            return await self._email.send(message)


class ObservedSms:
    """The port `Sms`, of one route."""

    def __init__(self, sms: Sms, route: str, outages: Outages) -> None:
        self._sms, self._name, self._outages = sms, f"route {route}", outages

    async def send(self, message: PasswordSms) -> Acceptance:
        with self._outages.observing(self._name):
            return await self._sms.send(message)
