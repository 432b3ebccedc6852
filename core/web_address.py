"""Addresses of the web: what may go in clear, and what may not."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

_USUAL_PORTS = {"https": 443, "http": 80}


def is_loopback(host: str) -> bool:
    """Whether this host's name or address cannot lead off the machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def origin_of(url: str) -> str:
    """The origin of this address as a browser writes it in `Origin` (RFC 6454)."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode()
    host = f"[{host}]" if ":" in host else host
    is_usual = parts.port is None or parts.port == _USUAL_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}" + ("" if is_usual else f":{parts.port}")


def is_https_or_on_this_machine(url: str) -> bool:
    """Whether what is said to this address cannot be read on the way. False for what is none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))


def hosts_and_options(dsn: str) -> tuple[str, dict[str, list[str]]]:
    """Of a database's URL, which may name several servers: these, with commas and ports as they
    stand, and what is asked for behind `?`. By hand: `urlsplit` of newer Pythons (3.13.5) takes no
    host in brackets beside another."""
    before, _, query = dsn.partition("://")[2].partition("?")
    options = parse_qs(query)
    return before.partition("/")[0].rpartition("@")[2] or options.get("host", [""])[-1], options
