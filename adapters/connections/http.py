"""The one way in which adapters come by an HTTP client: with time limits, and tight-lipped."""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from .http_exchange import Pool

_log = logging.getLogger("httpx")


class _PlainClient(httpx.AsyncClient):
    """Without the steps by which httpx logs in, follows and keeps cookies: no neighbour of ours is
    sent any. Its log has the same lines."""

    def __init__(self, transport: httpx.AsyncBaseTransport, **options: Any) -> None:
        super().__init__(transport=transport, **options)
        self._plainly = transport

    async def send(
        self, request: httpx.Request, *, stream: bool = False, **options: Any
    ) -> httpx.Response:
        """`options` that ask for such a step have httpx take all of them."""
        if self.is_closed or not set(options.values()) <= {httpx.USE_CLIENT_DEFAULT, False}:
            return await super().send(request, stream=stream, **options)
        answer = await self._plainly.handle_async_request(request)
        answer.request = request
        if _log.isEnabledFor(logging.INFO):
            said = (answer.http_version, answer.status_code, answer.reason_phrase)
            _log.info('HTTP Request: %s %s "%s %d %s"', request.method, request.url, *said)
        if not stream:
            await answer.aread()
        return answer


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
    tls = ssl.create_default_context(cafile=limits.ca_file) if limits.ca_file else _usual()
    transport = httpx.AsyncHTTPTransport(verify=tls, trust_env=False)
    # No option of httpx's reaches httpcore's connections: its version is bounded above.
    transport._pool = Pool(
        tls, limits.keepalive, limits.max_connections, limits.keepalive_connections
    )
    return _PlainClient(
        transport,
        timeout=httpx.Timeout(
            connect=limits.connect_timeout,
            read=limits.read_timeout,
            write=limits.write_timeout,
            pool=limits.pool_timeout,
        ),
        verify=tls,
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
