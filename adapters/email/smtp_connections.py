"""SmtpConnections: a few connections to one relay, each used by one message at a time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import aiosmtplib


class SmtpSecurity(StrEnum):
    """How the way to the relay is protected."""

    STARTTLS = "starttls"
    """Demanded, not merely tried: nothing is sent in clear to a relay that does not offer it."""
    TLS = "tls"
    PLAIN = "plain"
    """For a relay on the same machine or network. No login: the password would be in clear."""


@dataclass(frozen=True)
class SmtpSettings:
    """The relay. Times in seconds."""

    host: str
    bounce_address: str
    """The envelope's sender: where delivery failures are reported."""
    port: int = 587
    security: SmtpSecurity = SmtpSecurity.STARTTLS
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    helo_name: str | None = None
    """How this machine presents itself; by default with its own full name."""
    ca_file: Path | None = None
    """Certificates to trust in place of the system's: for a relay with a private CA."""
    connect_timeout: float = 10
    command_timeout: float = 20
    deadline: float = 45
    """For a whole e-mail, the waiting for a free connection included. The answer to the content may
    take all that is left of it: who gives up there does not know whether the relay has the mail."""
    connections: int = 1
    messages_per_connection: int = 100
    """Relays limit it; a fresh connection also finds a relay that moved."""
    bounce_template: str = ""
    """In place of the bounce address, one for each sending; see `BounceAddress`."""

    def __post_init__(self) -> None:
        if self.username is not None and self.security is SmtpSecurity.PLAIN:
            raise ValueError("no login over an unprotected connection: use STARTTLS or TLS")
        if min(self.connections, self.messages_per_connection) < 1:
            raise ValueError("connections and messages_per_connection are at least 1")
        if self.deadline < 2 * self.command_timeout:
            raise ValueError("a whole e-mail needs at least twice the time of one step")


class SmtpConnections:
    """Opened when first needed, kept while they work, closed when anything goes wrong."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings
        self._free = asyncio.Semaphore(settings.connections)
        self._idle: list[tuple[aiosmtplib.SMTP, int]] = []
        self._tls: ssl.SSLContext | None = None
        self._closed = False

    @asynccontextmanager
    async def use(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """An open connection for one message. It outlives a plain refusal; any other failure
        closes it, for what the relay says next could belong to the message that failed."""
        async with self._free:
            relay, used = self._idle.pop() if self._idle else (self._new(), 0)
            try:
                if not relay.is_connected:
                    await self.open(relay)
                    used = 0
                yield relay
            except aiosmtplib.SMTPResponseException:
                await _start_over(relay)
                await self._keep(relay, used + 1)
                raise
            except BaseException:
                relay.close()
                raise
            await self._keep(relay, used + 1)

    async def open(self, relay: aiosmtplib.SMTP) -> None:
        """Connect, protect, log in. Raises what `aiosmtplib` raises, and `OSError`."""
        if self._settings.security is not SmtpSecurity.PLAIN and self._tls is None:
            self._tls = await asyncio.to_thread(
                ssl.create_default_context, cafile=self._settings.ca_file
            )
        await relay.connect(timeout=self._settings.connect_timeout, tls_context=self._tls)

    async def aclose(self) -> None:
        """Close what is idle; what is in use closes after its message."""
        self._closed = True
        while self._idle:
            relay, _ = self._idle.pop()
            await _take_leave(relay)

    async def _keep(self, relay: aiosmtplib.SMTP, used: int) -> None:
        if self._closed or used >= self._settings.messages_per_connection:
            await _take_leave(relay)
        else:
            self._idle.append((relay, used))

    def _new(self) -> aiosmtplib.SMTP:
        settings = self._settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password,
            local_hostname=settings.helo_name,
            timeout=settings.command_timeout,
            use_tls=settings.security is SmtpSecurity.TLS,
            start_tls=settings.security is SmtpSecurity.STARTTLS,
        )


async def _start_over(relay: aiosmtplib.SMTP) -> None:
    try:
        await relay.rset()
    except (aiosmtplib.SMTPException, OSError):
        relay.close()


async def _take_leave(relay: aiosmtplib.SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError):
        await relay.quit()
    relay.close()
