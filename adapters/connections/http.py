"""The one way in which adapters come by an HTTP client: with time limits, and tight-lipped."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx


@dataclass(frozen=True)
class HttpSettings:
    """Limits of one client. Times in seconds."""

    connect_timeout: float = 5
    read_timeout: float = 15
    write_timeout: float = 10
    pool_timeout: float = 5
    """How long a request may wait for a free connection."""
    max_connections: int = 20
    keepalive_connections: int = 10
    keepalive: float = 30
    ca_file: Path | None = None
    """Certificates to trust in place of the usual ones: for a neighbour with a private CA."""


def http_client(settings: HttpSettings | None = None) -> httpx.AsyncClient:
    """A new client; anyone who asked for it closes it with `aclose`.

    It follows no redirect, for a neighbour that moves is no longer the one in the settings, and
    takes nothing from the environment (proxies, netrc).
    """
    limits = settings or HttpSettings()
    return httpx.AsyncClient(
        timeout=httpx.Timeout(
            connect=limits.connect_timeout,
            read=limits.read_timeout,
            write=limits.write_timeout,
            pool=limits.pool_timeout,
        ),
        limits=httpx.Limits(
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.keepalive_connections,
            keepalive_expiry=limits.keepalive,
        ),
        verify=ssl.create_default_context(cafile=limits.ca_file) if limits.ca_file else _usual(),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "reassort"},
    )


@cache
def _usual() -> ssl.SSLContext:
    """The usual certificates: reading them takes longer than all else about a client."""
    return httpx.create_ssl_context(trust_env=False)


def plain_url(url: str) -> str:
    """`url` without a closing slash, once it is sure to hold no secret.

    httpx logs every URL at INFO, credentials and query included. Raises `ValueError` for a URL
    with either, or without scheme and host; the message does not repeat it.
    """
    parsed = httpx.URL(url)
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError("a neighbour's URL begins with http:// or https:// and a host")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise ValueError("a neighbour's URL holds no credentials, query or fragment")
    return url.rstrip("/")
