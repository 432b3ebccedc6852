"""An LDAP directory: connections that are safe, few, and bounded in time (extra `ldap`).

ldap3 is synchronous, so each piece of work runs in a small pool of threads over a connection of its
own. TLS is not ldap3's but the standard library's, which knows addresses and server names.
"""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from adapters.system import SystemClock
from core.circuit import Breaker
from core.ports.clock import Clock

from .directory_settings import DirectorySettings

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # ldap3 2.9 uses old names of pyasn1
    import ldap3
    from ldap3 import MODIFY_ADD, MODIFY_DELETE, MODIFY_REPLACE, Connection
    from ldap3.core.exceptions import (
        LDAPExceptionError,
        LDAPSessionTerminatedByServerError,
        LDAPSocketReceiveError,
        LDAPSocketSendError,
    )

__all__ = [
    "MODIFY_ADD",
    "MODIFY_DELETE",
    "MODIFY_REPLACE",
    "Connection",
    "Directory",
    "DirectoryRefused",
    "DirectorySettings",
    "DirectoryUnavailable",
    "SignIn",
]

Result = TypeVar("Result")
Work = Callable[[Connection], Result]
_LOST = (LDAPSessionTerminatedByServerError, LDAPSocketReceiveError, LDAPSocketSendError)


class DirectoryUnavailable(Exception):
    """The directory gave no answer to go by. The text holds nothing that was sent or received."""


class DirectoryRefused(DirectoryUnavailable):
    """It answered, and its answer is a refusal: of one entry, or of what the settings ask for. The
    directory is well, so that others go on being served."""


@dataclass(frozen=True)
class SignIn:
    """What a directory answers to a sign-in: the result code (RFC 4511, 4.1.9), and the text beside
    it, which Active Directory alone tells its reasons by. The text goes nowhere."""

    code: int
    said: str = field(default="", repr=False)


class StandardTls(ldap3.Tls):
    """The standard library's verification: chain, host name or address, server name indication."""

    def __init__(self, ca_file: Path | None) -> None:
        super().__init__(validate=ssl.CERT_REQUIRED)
        self._context = ssl.create_default_context(cafile=ca_file)

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        host = connection.server.host
        connection.socket = self._context.wrap_socket(connection.socket, server_hostname=host)


class Directory:
    """One directory. Call `aclose` at the end."""

    def __init__(self, settings: DirectorySettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._tls = StandardTls(settings.ca_file)
        self._threads = ThreadPoolExecutor(settings.connections, thread_name_prefix="directory")
        self._idle: list[Connection] = []
        self._breaker = Breaker(settings.circuit, clock or SystemClock())

    @property
    def is_plain(self) -> bool:
        """Whether what is sent goes in clear, to this very machine."""
        return self._settings.plain_on_loopback

    async def run(self, work: Work[Result]) -> Result:
        """What `work` gives, over a bound connection. When a connection that was idle turns out to
        be lost, `work` runs again from its beginning, once: it must bear that.

        Raises `DirectoryUnavailable`, and whatever else `work` raises. Only an outage counts
        against the directory: a refusal is an answer.
        """
        if not self._breaker.admits():
            raise DirectoryUnavailable("left alone after failures")
        try:
            result = await self._in_thread(work)
        except Exception as problem:
            if isinstance(problem, DirectoryUnavailable) and not isinstance(
                problem, DirectoryRefused
            ):
                self._breaker.failed()
            else:
                self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return result

    def bind_as(self, dn: str, password: str) -> SignIn:
        """What is answered to signing in as this entry, over a connection of its own. For a piece
        of work, in its thread. Raises `DirectoryUnavailable` without an answer."""
        connection = self._connection(dn, password)
        try:
            self._secured(connection)
            connection.bind()
            return SignIn(int(connection.result["result"]), str(connection.result["message"]))
        except (LDAPExceptionError, OSError) as error:
            raise DirectoryUnavailable(type(error).__name__) from None
        finally:
            _leave(connection)

    async def aclose(self) -> None:
        """Ends what has begun, then takes leave; later work finds the directory unavailable."""
        await asyncio.to_thread(self._threads.shutdown)
        while self._idle:
            _leave(self._idle.pop())

    async def _in_thread(self, work: Work[Result]) -> Result:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._threads, self._once, work)
        except RuntimeError:
            raise DirectoryUnavailable("closed") from None
        try:
            async with asyncio.timeout(self._settings.deadline):
                return await running
        except TimeoutError:
            raise DirectoryUnavailable("no answer in time") from None

    def _once(self, work: Work[Result]) -> Result:
        try:
            idle = self._take()
            return self._over(self._connected(), work) if idle is None else self._reuse(idle, work)
        except (LDAPExceptionError, OSError) as error:
            raise DirectoryUnavailable(type(error).__name__) from None

    def _take(self) -> Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _reuse(self, connection: Connection, work: Work[Result]) -> Result:
        try:
            return self._over(connection, work)
        except _LOST as lost:
            if isinstance(lost, TimeoutError):
                raise  # it is slow, not gone
            return self._over(self._connected(), work)

    def _over(self, connection: Connection, work: Work[Result]) -> Result:
        try:
            result = work(connection)
        except BaseException:
            _leave(connection)
            raise
        connection.request = connection.response = connection.result = None  # holds people's data
        self._idle.append(connection)
        return result

    def _server(self) -> ldap3.Server:
        """A new one each time: ldap3 remembers for minutes that an address did not answer."""
        settings = self._settings
        return ldap3.Server(
            settings.host,
            settings.port,
            use_ssl=settings.ldaps,
            tls=self._tls,
            get_info=ldap3.NONE,
            connect_timeout=settings.connect_timeout,
        )

    def _connected(self) -> Connection:
        settings = self._settings
        connection = self._connection(settings.bind_dn, settings.bind_password)
        try:
            self._secured(connection)
            if not connection.bind():
                raise DirectoryUnavailable(f"bind refused: {connection.result['description']}")
        except BaseException:
            _leave(connection)
            raise
        return connection

    def _connection(self, dn: str, password: str) -> Connection:
        """Without following referrals: a password goes to no server but the one in the settings."""
        return Connection(
            self._server(),
            dn,
            password,
            receive_timeout=self._settings.answer_timeout,
            auto_referrals=False,
            check_names=False,
        )

    def _secured(self, connection: Connection) -> None:
        """Opens it; raises when it cannot be made safe."""
        connection.open()
        if not (self._settings.ldaps or self._settings.plain_on_loopback):
            connection.start_tls()  # or it raises


def _leave(connection: Connection) -> None:
    """ldap3 forgets to close a socket that did not connect, or whose farewell did not arrive."""
    with suppress(LDAPExceptionError, OSError):
        connection.unbind()
    if connection.socket is not None:
        connection.socket.close()
