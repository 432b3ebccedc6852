"""Addresses of the web: what may go in clear, and what may not."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

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
