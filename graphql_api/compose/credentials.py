"""The credential store. An adapter is imported by the function that builds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from core.voter import Numic, Voter
from graphql_api.settings import Settings

from .directories import credentials_directory, with_extra_ldap
from .parts import Parts, http_of

if TYPE_CHECKING:
    from core.ports.credentials import Credentials
    from graphql_api.settings.credentials import CredentialsKind


def choose_credentials(settings: Settings, parts: Parts) -> Credentials:
    """Raises `SettingsRefused`, and `ValueError` for a setting that the adapter refuses."""
    return _BUILDERS[settings.credentials_choice](settings, parts)


def _sqlite(settings: Settings, _: Parts) -> Credentials:
    from adapters.credentials.sqlite import SqliteCredentials

    return SqliteCredentials(settings.credentials_file, workers=settings.password_threads)


def _postgres(settings: Settings, parts: Parts) -> Credentials:
    from adapters.credentials.postgres import PostgresCredentials

    pool = parts.connections.postgres(settings.dsn, settings.password_threads)
    return PostgresCredentials(pool, workers=settings.password_threads)


def _http(settings: Settings, parts: Parts) -> Credentials:
    from adapters.connections.guarded_http import GuardSettings
    from adapters.credentials.http import HttpCredentials, HttpCredentialsSettings
    from adapters.credentials.signature import SigningKey

    id, _, secret = settings.credentials_http_key.get_secret_value().partition(":")
    http = HttpCredentialsSettings(
        url=settings.credentials_http_url,
        key=SigningKey(id, bytes.fromhex(secret)),
        send=settings.credentials_http_send,
        guard=GuardSettings(deadline=settings.credentials_http_deadline),
    )
    client = http_of(parts, settings.credentials_http_ca_file)
    return HttpCredentials(client, http, parts.clock)


def _keycloak(settings: Settings, parts: Parts) -> Credentials:
    from adapters.credentials.keycloak import KeycloakCredentials
    from adapters.credentials.keycloak_api import KeycloakSettings

    keycloak = KeycloakSettings(
        url=settings.keycloak_url,
        realm=settings.keycloak_realm,
        client_id=settings.keycloak_client_id,
        client_secret=settings.keycloak_client_secret.get_secret_value(),
        find_by=settings.keycloak_find_by,
        logout=settings.keycloak_logout,
        clear_lockout=settings.keycloak_clear_lockout,
        lease_seconds=settings.keycloak_lease_seconds,
    )
    client = http_of(parts, settings.keycloak_ca_file)
    return KeycloakCredentials(client, keycloak, parts.clock)


def _ldap(settings: Settings, parts: Parts) -> Credentials:
    with with_extra_ldap():
        from adapters.credentials.ldap import LdapCredentials, LdapCredentialsSettings

    ldap = LdapCredentialsSettings(
        base=settings.credentials_ldap_base,
        numic_filter=settings.credentials_ldap_numic_filter,
        mark=settings.credentials_ldap_mark,
        send=settings.credentials_ldap_send,
        password=settings.credentials_ldap_password,
        hash_prefix=settings.credentials_ldap_hash_prefix,
        lease_seconds=settings.credentials_ldap_lease_seconds,
        trial_numic=settings.credentials_ldap_trial_numic,
    )
    directory = parts.connections.directory(credentials_directory(settings))

    async def is_a_voter(numic: Numic) -> bool:
        """Of an entry for trials a register in the same directory knows its number and no more."""
        found = await parts.register.find(numic)
        is_bare = settings.register_choice == "ldap" and found == Voter(numic, None, None)
        return found is not None and not is_bare

    return LdapCredentials(directory, ldap, parts.clock, is_a_voter)


_BUILDERS: Mapping[CredentialsKind, Callable[[Settings, Parts], Credentials]] = {
    "sqlite": _sqlite,
    "postgres": _postgres,
    "http": _http,
    "keycloak": _keycloak,
    "ldap": _ldap,
}
