"""Which of the servers that a URL names is connected to: the one that takes writes.

asyncpg 0.32 tries the hosts of a URL in their order and has one time limit for all of them, so
that a host that is silent (a machine that lost its power) keeps every connection from the next one.
Here each host has its share of the time, and the one that answered last is asked first.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import asyncpg

PORT, PATIENCE = 5432, 5.0
WRITABLE = "primary"
"""asyncpg's word for it. Its `read-write` refuses a session whose own default is reading only."""

NEXT_HOST = (
    OSError,
    asyncpg.TargetServerAttributeNotMatched,
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
)
"""What another host may do better: time limits are among the first."""

Host = tuple[str, int]


class PostgresHosts:
    """The servers of one URL, asked in their order until one takes writes."""

    def __init__(self, dsn: str, wanted: str | None = WRITABLE) -> None:
        """`wanted`: as `target_session_attrs` of libpq; None: what the URL says, asyncpg's way."""
        self._wanted = wanted
        self._hosts = hosts_of(dsn)
        self._dsn = dsn

    async def connect(self, *_: object, **arguments: Any) -> asyncpg.Connection:
        """As `asyncpg.connect`, whose arguments these are, but for the URL; `timeout`, in seconds,
        is for all hosts together. Raises what tells most of why none of them is connected to."""
        if self._wanted is None:
            return await asyncpg.connect(self._dsn, **arguments)
        arguments["target_session_attrs"] = self._wanted
        if len(self._hosts) < 2:
            return await asyncpg.connect(self._dsn, **arguments)
        arguments["timeout"] = arguments.get("timeout", PATIENCE) / len(self._hosts)
        failures: list[Exception] = []
        for host in tuple(self._hosts):
            name, port = host
            try:
                connection = await asyncpg.connect(self._dsn, host=name, port=port, **arguments)
            except NEXT_HOST as failure:
                failures.append(failure)
            else:
                self._ask_first(host)
                return connection
        raise max(failures, key=lambda failure: not isinstance(failure, OSError))

    def _ask_first(self, host: Host) -> None:
        self._hosts.remove(host)
        self._hosts.insert(0, host)


def hosts_of(dsn: str) -> list[Host]:
    """Names and ports, in the URL's order; none where the URL names no host."""
    parts = urlsplit(dsn)
    asked = parse_qs(parts.query)
    named = parts.netloc.rpartition("@")[2] or asked.get("host", [""])[-1]
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
