"""Which of the servers that a URL names is connected to: the one that takes writes.

asyncpg 0.32 tries the hosts of a URL in their order and has one time limit for all of them, so
that a host that is silent (a machine that lost its power) keeps every connection from the next one.
Its `target_session_attrs` believes what is reported at start-up, which pgpool 4.3 takes from its
first node, primary or not. Here each host has its share of the time, is asked itself, and goes to
the end of the row when it does not do.
"""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import unquote

import asyncpg

from adapters.connections.postgres_session import PoolerBetween, TakesNoWrites, set_up
from core.web_address import hosts_and_options

PORT = 5432
NEXT_HOST = (
    OSError,
    PoolerBetween,
    TakesNoWrites,
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.ProtocolViolationError,
)
"""What another host may do better: time limits are among the first; a pooler's refusals are the
last."""

Host = tuple[str, int]


class PostgresHosts:
    """The servers of one URL, asked one after the other until one does."""

    def __init__(self, dsn: str, writable: bool = True) -> None:
        """`writable`: only a server that takes writes does; otherwise the URL may say which, by
        `target_session_attrs`."""
        self._dsn, self._writable = dsn, writable
        self._hosts = hosts_of(dsn) if writable else []

    async def connect(
        self, session: dict[str, str], patience: float, **arguments: Any
    ) -> asyncpg.Connection:
        """A connection whose session is set up. `arguments` are `asyncpg.connect`'s; `patience`, in
        seconds, is for all hosts together. Raises what tells most of why none of them does."""
        if self._writable:
            arguments["target_session_attrs"] = "any"
        if len(self._hosts) < 2:
            return await self._connect_to({}, session, patience, arguments)
        share = patience / len(self._hosts)
        failures: list[Exception] = []
        for host in tuple(self._hosts):
            where = {"host": host[0], "port": host[1]}
            try:
                return await self._connect_to(where, session, share, arguments)
            except NEXT_HOST as failure:
                failures.append(failure)
                self._ask_last(host)
            except BaseException:
                self._ask_last(host)  # cancelled, perhaps: whoever asks next has a better chance
                raise
        raise max(failures, key=lambda failure: not isinstance(failure, OSError))

    async def _connect_to(
        self,
        where: dict[str, Any],
        session: dict[str, str],
        patience: float,
        arguments: dict[str, Any],
    ) -> asyncpg.Connection:
        async with asyncio.timeout(patience):
            connection = await asyncpg.connect(self._dsn, **where, **arguments)
            try:
                await set_up(connection, session, self._writable)
            except BaseException:
                connection.terminate()
                raise
            return connection

    def _ask_last(self, host: Host) -> None:
        if host in self._hosts:
            self._hosts.remove(host)
            self._hosts.append(host)


def hosts_of(dsn: str) -> list[Host]:
    """Names and ports, in the URL's order; none where the URL names no host."""
    named, asked = hosts_and_options(dsn)
    ports = asked.get("port", [""])[-1].split(",")
    hosts: list[Host] = []
    for number, host in enumerate(filter(None, named.split(","))):
        name, port = _divided(host)
        port = port or ports[min(number, len(ports) - 1)]
        hosts.append((unquote(name), int(port) if port.isdecimal() else PORT))
    return hosts


def _divided(host: str) -> tuple[str, str]:
    """`name:port`, where the name may be an IPv6 address in brackets or a socket's folder."""
    if host.startswith("["):
        name, _, port = host[1:].partition("]")
        return name, port.removeprefix(":")
    name, colon, port = host.rpartition(":")
    return (name, port) if colon else (host, "")
