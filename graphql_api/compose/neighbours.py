"""What the register and the credential store are reached through: opened here, closed together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import SecretStr

from adapters.connections.http import HttpSettings, http_client
from adapters.connections.postgres import PostgresPool
from core.circuit import CircuitSettings
from core.ports.clock import Clock
from graphql_api.settings import Settings, SettingsRefused

from .storage import postgres_settings

if TYPE_CHECKING:
    from adapters.connections.directory import Directory


class Neighbours:
    """Clients, pools and directories of one process. Nothing is connected before it is used."""

    def __init__(self, settings: Settings, http: httpx.AsyncClient, clock: Clock) -> None:
        """`http`: the client that all share who need none of their own. It is not closed here."""
        self.clock = clock
        self._settings = settings
        self._http = http
        self._closing: list[Callable[[], Awaitable[None]]] = []

    def http(self, ca_file: Path | None) -> httpx.AsyncClient:
        """A client of its own for a neighbour with a private authority."""
        if ca_file is None:
            return self._http
        client = http_client(HttpSettings(ca_file=ca_file))
        self._closing.append(client.aclose)
        return client

    def postgres(self, dsn: str, connections: int, read_only: bool = False) -> PostgresPool:
        pool = PostgresPool(dsn, postgres_settings(self._settings, connections, read_only))
        self._closing.append(pool.close)
        return pool

    def directory(self, prefix: str, circuit: CircuitSettings | None = None) -> Directory:
        """The directory of the settings whose names begin with `prefix`; what they do not say is as
        in those that begin with `ldap`. Raises `SettingsRefused` without the extra `ldap`."""
        try:
            from adapters.connections.directory import Directory, DirectorySettings
        except ImportError:
            raise SettingsRefused("for directories, install `reassort[ldap]`") from None

        def said(name: str) -> Any:
            own = getattr(self._settings, f"{prefix}_{name}", None)
            unsaid = own in (None, "", SecretStr(""))
            return getattr(self._settings, f"ldap_{name}") if unsaid else own

        password = said("bind_password")
        directory = Directory(
            DirectorySettings(
                url=said("url"),
                bind_dn=said("bind_dn"),
                bind_password=password.get_secret_value(),
                ca_file=said("ca_file"),
                plain_on_loopback=said("plain_on_loopback"),
                connect_timeout=said("connect_timeout"),
                answer_timeout=said("answer_timeout"),
                deadline=said("deadline"),
                connections=said("connections"),
                circuit=circuit or CircuitSettings(),
            ),
            self.clock,
        )
        self._closing.append(directory.aclose)
        return directory

    async def aclose(self) -> None:
        """Close each, also when another cannot be closed."""
        async with AsyncExitStack() as stack:
            for close in self._closing:
                stack.push_async_callback(close)
