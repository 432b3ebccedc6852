"""The issuers whose JWTs are believed: their keys, and what they say of themselves, over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from adapters.connections.guarded_http import GuardedHttp, GuardSettings, NoAnswer
from graphql_api.access.key_set import FetchKeys, KeySet, KeysUnreachable
from graphql_api.access.tokens import Tokens, TrustedIssuer
from graphql_api.settings.callers import IssuerSettings

from .ports import Ports

DISCOVERY = "/.well-known/openid-configuration"
_GUARD = GuardSettings(deadline=3.0, at_once=1)


def build_tokens(issuers: tuple[IssuerSettings, ...], ports: Ports) -> Tokens:
    return Tokens([_trusted(each, ports) for each in issuers], ports.clock)


async def discovery_of(issuer: str, ports: Ports) -> Mapping[str, Any]:
    """What an issuer says of itself (OpenID Connect Discovery 1.0), as it stands there. Raises
    `KeysUnreachable`."""
    neighbour = GuardedHttp(ports.http, _GUARD, ports.clock)
    told = await _fetching(neighbour, issuer.rstrip("/") + DISCOVERY)()
    try:
        found = orjson.loads(told)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise KeysUnreachable("no JSON object")
    return found


def _trusted(settings: IssuerSettings, ports: Ports) -> TrustedIssuer:
    issuer = settings.trusted
    neighbour = GuardedHttp(ports.http, _GUARD, ports.clock)
    fetch = _fetching(neighbour, settings.jwks_uri)
    keys = KeySet(issuer.issuer, issuer.algorithms, fetch, ports.clock)
    return TrustedIssuer(issuer, keys)


def _fetching(neighbour: GuardedHttp, url: str) -> FetchKeys:
    async def fetch() -> bytes:
        try:
            answer = await neighbour.send("GET", url, {"Accept": "application/json"})
        except NoAnswer as failure:
            raise KeysUnreachable(str(failure)) from None
        if answer.status_code != 200:
            raise KeysUnreachable(f"status {answer.status_code}")
        return answer.content

    return fetch
