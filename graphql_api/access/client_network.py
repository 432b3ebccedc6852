"""Whose network a request comes from, behind any number of proxies and under any ASGI server.

Resolved here and not by the server, so that the answer is the same under `reassort serve`, under
another server, and in a host. `X-Forwarded-For` is believed from listed proxies only, and read from
its right end, where they wrote; what stands further left may be anyone's invention. `Forwarded` is
ignored: two headers that may contradict each other are one too many.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from functools import lru_cache
from socket import AF_INET6, inet_ntop
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Scope

IPV6_NETWORKS = {64: 1, 56: 4, 48: 16}
"""Prefix lengths, and how many times a limit each may use. One IPv6 customer holds at least a /64,
so addresses in it count as one; many hold a /56 or a /48, and would have 256 or 65,536 limits. In
a mobile network a /48 holds many customers, hence more for it."""
UNIX = "unix"
"""In the list of proxies: anyone who connects over a Unix-domain socket, and so has no address."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Proxies:
    """The proxies that are believed."""

    def __init__(self, listed: str = "") -> None:
        """`listed`: addresses, networks, or `unix`, with commas between. Raises `ValueError`."""
        parts = [part.strip() for part in listed.split(",") if part.strip()]
        self._unix = UNIX in parts
        self._networks = [ipaddress.ip_network(part) for part in parts if part != UNIX]
        self._listed = bool(parts)
        self._trusted = lru_cache(1024)(self._is_listed)

    def resolve(self, scope: Scope) -> None:
        """Put the caller's address, and the scheme that it used, into an HTTP scope: those that a
        listed proxy tells, otherwise the peer's own."""
        if not self.sent(scope):
            return
        peer = _peer_of(scope)
        told = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
        scope["client"] = (self.client(peer, told), 0)
        for name, value in scope["headers"]:
            if name == b"x-forwarded-proto" and value in (b"http", b"https"):
                scope["scheme"] = value.decode()

    def sent(self, scope: Scope) -> bool:
        """Whether a listed proxy is the peer of this HTTP scope, which is not resolved yet."""
        return self._listed and self._trusted(_peer_of(scope))

    def client(self, peer: str, forwarded_for: Iterable[bytes]) -> str:
        """The right-most address that no listed proxy has. One that is none ends the search at the
        proxy that vouched for it: whoever can write garbage must not choose whom it counts for."""
        nearest = peer
        for hop in _from_the_right(forwarded_for):
            if not self._trusted(nearest) or (address := read_address(hop)) is None:
                break
            nearest = str(address)
        return nearest

    def _is_listed(self, peer: str) -> bool:
        address = read_address(peer)
        if address is None:
            return self._unix and _is_unix(peer)
        return any(address in network for network in self._networks)


def _peer_of(scope: Scope) -> str:
    return (scope.get("client") or ("", 0))[0]


def _from_the_right(values: Iterable[bytes]) -> Iterator[str]:
    """The hops of one header or several, which count as one with commas between."""
    text = b",".join(values).decode("latin-1")
    return (hop for each in reversed(text.split(",")) if (hop := each.strip()))


def _is_unix(peer: str) -> bool:
    """Servers give a peer without an address as nothing, as the socket's path, or as `unix:...`."""
    return not peer or peer.startswith(("/", "unix:"))


def read_address(text: str) -> Address | None:
    """The address in `text`, without port, brackets and zone; an IPv4 address that is mapped into
    IPv6 as IPv4. None when there is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    text = text.partition("%")[0]
    try:
        address = ipaddress.IPv6Address(text) if ":" in text else ipaddress.IPv4Address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


@lru_cache(1024)
def networks_of(client: str) -> tuple[tuple[str, int], ...]:
    """The networks that a caller counts for, the narrowest first, each with how many times a limit
    it has: an IPv4 address for itself, an IPv6 one for its /64, /56 and /48. A port that a proxy
    has put behind it does not make it another."""
    address = read_address(client)
    if isinstance(address, ipaddress.IPv6Address):
        return tuple((_network(address, length), times) for length, times in IPV6_NETWORKS.items())
    return ((client if address is None else str(address), 1),)


def _network(address: ipaddress.IPv6Address, length: int) -> str:
    """As `ipaddress` writes a network, without making one: that takes a voter as long as counting
    all that she does."""
    rest = 128 - length
    first = int(address) >> rest << rest
    return f"{inet_ntop(AF_INET6, first.to_bytes(16))}/{length}"
