"""What the register and the credential store are reached through: opened here, closed together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from graphql_api.settings import Settings

from .storage import postgres_settings

if TYPE_CHECKING:
    import httpx

    from adapters.connections.directory import Directory, DirectorySettings
    from adapters.connections.postgres import PostgresPool
    from core.ports.clock import Clock


class Connections:
    """Clients, pools and directories of one process. Nothing is connected before it is used."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._closing: list[Callable[[], Awaitable[None]]] = []

    def http(self, ca_file: Path) -> httpx.AsyncClient:
        """A client for one neighbour with a private authority."""
        from adapters.connections.http import HttpSettings, http_client

        client = http_client(HttpSettings(ca_file=ca_file))
        self._closing.append(client.aclose)
        return client

    def postgres(
        self, dsn: str, connections: int, read_only: bool = False, ours: bool = True
    ) -> PostgresPool:
        """`ours`: the server that takes writes; of another's, the one that its URL asks for."""
        from adapters.connections.postgres import PostgresPool

        settings = postgres_settings(self._settings, connections, read_only)
        pool = PostgresPool(dsn, settings, writable=ours)
        self._closing.append(pool.close)
        return pool

    def directory(self, settings: DirectorySettings) -> Directory:
        from adapters.connections.directory import Directory

        directory = Directory(settings, self._clock)
        self._closing.append(directory.aclose)
        return directory

    async def aclose(self) -> None:
        """Close each, also when another cannot be closed."""
        async with AsyncExitStack() as stack:
            for close in self._closing:
                stack.push_async_callback(close)
