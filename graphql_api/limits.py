"""Limits at the edge, by client network and globally, counted for each GraphQL field (R26).

They depend on who calls and on nothing else, so what they answer tells nothing about a voter.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Mapping

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from core.errors import TooManyRequests

IPV6_NETWORK = 64
"""Prefix length: one IPv6 customer holds at least a /64, so addresses in it count as one."""


class EdgeLimits:
    """Counts in this process's memory. Without limits it counts nothing."""

    def __init__(
        self,
        per_network: str | None = None,
        overall: str | None = None,
        tighter: Mapping[str, str] | None = None,
    ) -> None:
        """Limits read like `60/minute`; raises `ValueError` when one does not. `tighter` ones hold
        for a single field, by client network."""
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._limits = [
            (parse(text), by_network)
            for text, by_network in ((per_network, True), (overall, False))
            if text
        ]
        self._tighter = {name: parse(text) for name, text in (tighter or {}).items() if text}

    def count(self, field: str, client: str) -> None:
        """Raises `TooManyRequests` once `client`'s network, or everyone, has used up a limit."""
        network = network_of(client)
        limits = [(limit, network if each else "everyone") for limit, each in self._limits]
        if field in self._tighter:
            limits.append((self._tighter[field], network))
        for limit, key in limits:
            if not self._limiter.hit(limit, field, key):
                raise TooManyRequests(self._wait(limit, field, key))

    def _wait(self, limit: RateLimitItem, field: str, key: str) -> int:
        reset = self._limiter.get_window_stats(limit, field, key).reset_time
        return max(1, math.ceil(reset - time.time()))


def network_of(client: str) -> str:
    """The network that an address counts for: itself in IPv4, its /64 in IPv6. A port that a proxy
    has put behind the address does not make it another."""
    if client.startswith("["):
        client = client[1:].partition("]")[0]
    elif client.count(":") == 1:
        client = client.partition(":")[0]
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return client
    if address.version == 6:
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_NETWORK), strict=False))
    return client
