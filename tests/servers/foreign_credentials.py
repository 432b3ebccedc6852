"""Credential stores in systems of others, each with the sign-in that belongs to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import respx

from adapters.connections.directory import Directory, DirectorySettings
from adapters.connections.http import http_client
from adapters.credentials.hashing import Argon2id, Argon2Parameters
from adapters.credentials.http import HttpCredentials, HttpCredentialsSettings
from adapters.credentials.keycloak import KeycloakCredentials
from adapters.credentials.keycloak_api import KeycloakSettings
from adapters.credentials.ldap import LdapCredentials, LdapCredentialsSettings
from adapters.credentials.signature import SigningKey
from core.password_issuer import Password
from core.ports.credentials import Credentials, Issuance
from core.voter import Numic

from . import keycloak, portal
from .slapd import ADMIN, ADMIN_PASSWORD, BASE, ROOT, ROOT_PASSWORD, Slapd, entry, opens

NUMICS = ("00012345", "00054321", *(f"{place:08d}" for place in range(6)))
"""Voters whom these systems know."""


class Foreign:
    """A store of ours, and whether a password opens."""

    def __init__(self, store: Credentials, opens: Callable[[str, str], bool]) -> None:
        self._store = store
        self._opens = opens

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        return await self._store.put(numic, password, issuance)

    async def verify(self, numic: Numic, password: str) -> bool:
        return self._opens(numic.value, password)


def slapd() -> Slapd:
    """A directory of those voters."""
    return Slapd(*(entry(each, numic=each) for each in NUMICS))


@asynccontextmanager
async def behind_http(send: Any) -> AsyncIterator[Foreign]:
    """A portal that takes signed calls."""
    there, argon2id = portal.Portal(), Argon2id(Argon2Parameters())

    def signs_in(numic: str, password: str) -> bool:
        stored = there.stored.get(numic, {})
        if send == "password":
            return stored.get("password") == password
        return argon2id.verify(stored.get("password_hash"), password)

    with respx.mock as router:
        router.put(portal.URL).mock(side_effect=there.answer)
        async with http_client() as client:
            key = SigningKey(portal.KEY_ID, portal.KEY)
            settings = HttpCredentialsSettings(portal.URL, key, send)
            yield Foreign(HttpCredentials(client, settings), signs_in)


@asynccontextmanager
async def in_keycloak() -> AsyncIterator[Foreign]:
    """A realm whose usernames are NUMICs."""
    users = {each: keycloak.User(f"u-{each}", each) for each in NUMICS}
    there = keycloak.Keycloak(list(users.values()))
    with respx.mock as router:
        router.route(host="sso.example.org").mock(side_effect=there.answer)
        async with http_client() as client:
            settings = KeycloakSettings(
                keycloak.URL, keycloak.REALM, keycloak.CLIENT, keycloak.SECRET
            )
            store = KeycloakCredentials(client, settings)
            yield Foreign(store, lambda numic, typed: users[numic].password == typed)


@asynccontextmanager
async def in_a_directory(server: Slapd, send: Any) -> AsyncIterator[Foreign]:
    """A directory, whose passwords and marks are taken away first."""
    arranging = Directory(DirectorySettings(server.url, ROOT, ROOT_PASSWORD, server.ca_file))
    bare = {name: [("MODIFY_REPLACE", [])] for name in ("reassortIssuance", "userPassword")}
    for numic in NUMICS:
        assert await arranging.run(lambda each, dn=numic: each.modify(f"cn={dn},{BASE}", bare))
    await arranging.aclose()
    directory = Directory(DirectorySettings(server.url, ADMIN, ADMIN_PASSWORD, server.ca_file))
    store = LdapCredentials(directory, LdapCredentialsSettings(BASE, send=send))
    yield Foreign(store, lambda numic, typed: opens(server, numic, typed))
    await directory.aclose()
