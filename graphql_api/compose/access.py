"""Who calls: the issuers' keys over HTTP, the partners' keys from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql_api.access.api_keys import ApiKeys
from graphql_api.access.authentication import Authentication
from graphql_api.access.key_set import FetchKeys, KeySet, KeysUnreachable
from graphql_api.access.tokens import Tokens, TrustedIssuer
from graphql_api.settings import Settings
from graphql_api.settings.callers import IssuerSettings

from .ports import Ports

if TYPE_CHECKING:
    from adapters.connections.guarded_http import GuardedHttp

DEADLINE = 3.0
"""Seconds for an issuer to give its keys."""


def build_authentication(settings: Settings, ports: Ports) -> Authentication:
    trusted = [_trusted(each, ports) for each in settings.issuers]
    return Authentication(
        Tokens(trusted, ports.clock),
        ApiKeys(ports.store.begin, ports.store.read, ports.clock),
        settings.public,
        settings.routers,
    )


def _trusted(settings: IssuerSettings, ports: Ports) -> TrustedIssuer:
    from adapters.connections.guarded_http import GuardedHttp, GuardSettings

    issuer = settings.trusted
    guard = GuardSettings(deadline=DEADLINE, at_once=1)
    neighbour = GuardedHttp(ports.http, guard, ports.clock)
    fetch = _fetching(neighbour, settings.jwks_uri)
    keys = KeySet(issuer.issuer, issuer.algorithms, fetch, ports.clock)
    return TrustedIssuer(issuer, keys)


def _fetching(neighbour: GuardedHttp, url: str) -> FetchKeys:
    from adapters.connections.guarded_http import NoAnswer

    async def fetch() -> bytes:
        try:
            answer = await neighbour.send("GET", url, {"Accept": "application/json"})
        except NoAnswer as failure:
            raise KeysUnreachable(str(failure)) from None
        if answer.status_code != 200:
            raise KeysUnreachable(f"status {answer.status_code}")
        return answer.content

    return fetch
