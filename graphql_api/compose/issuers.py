"""The issuers whose JWTs are believed, with their keys over HTTP."""

from __future__ import annotations

from adapters.connections.guarded_http import GuardedHttp, GuardSettings, NoAnswer
from graphql_api.access.key_set import FetchKeys, KeySet, KeysUnreachable
from graphql_api.access.tokens import Tokens, TrustedIssuer
from graphql_api.settings.callers import IssuerSettings

from .ports import Ports

_GUARD = GuardSettings(deadline=3.0, at_once=1)


def build_tokens(issuers: tuple[IssuerSettings, ...], ports: Ports) -> Tokens:
    return Tokens([_trusted(each, ports) for each in issuers], ports.clock)


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
