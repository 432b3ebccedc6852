"""The credential store."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.connections.guarded_http import GuardSettings
from adapters.credentials.http import HttpCredentials, HttpCredentialsSettings
from adapters.credentials.keycloak import KeycloakCredentials
from adapters.credentials.keycloak_api import KeycloakSettings
from adapters.credentials.postgres import PostgresCredentials
from adapters.credentials.signature import SigningKey
from adapters.credentials.sqlite import SqliteCredentials
from core.ports.credentials import Credentials
from graphql_api.settings import Settings

from .neighbours import Neighbours


def choose_credentials(settings: Settings, neighbours: Neighbours) -> Credentials:
    """Raises `SettingsRefused`, and `ValueError` for a setting that the adapter refuses."""
    return _BUILDERS[settings.credentials_choice](settings, neighbours)


def _sqlite(settings: Settings, _: Neighbours) -> Credentials:
    return SqliteCredentials(settings.credentials_file, workers=settings.password_threads)


def _postgres(settings: Settings, neighbours: Neighbours) -> Credentials:
    pool = neighbours.postgres(settings.dsn, settings.password_threads)
    return PostgresCredentials(pool, workers=settings.password_threads)


def _http(settings: Settings, neighbours: Neighbours) -> Credentials:
    id, _, secret = settings.credentials_http_key.get_secret_value().partition(":")
    http = HttpCredentialsSettings(
        url=settings.credentials_http_url,
        key=SigningKey(id, bytes.fromhex(secret)),
        send=settings.credentials_http_send,
        guard=GuardSettings(deadline=settings.credentials_http_deadline),
    )
    client = neighbours.http(settings.credentials_http_ca_file)
    return HttpCredentials(client, http, neighbours.clock)


def _keycloak(settings: Settings, neighbours: Neighbours) -> Credentials:
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
    client = neighbours.http(settings.keycloak_ca_file)
    return KeycloakCredentials(client, keycloak, neighbours.clock)


def _ldap(settings: Settings, neighbours: Neighbours) -> Credentials:
    directory = neighbours.directory("credentials_ldap")
    from adapters.credentials.ldap import LdapCredentials, LdapCredentialsSettings  # the extra

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
    return LdapCredentials(directory, ldap, neighbours.clock)


_BUILDERS: Mapping[str, Callable[[Settings, Neighbours], Credentials]] = {
    "sqlite": _sqlite,
    "postgres": _postgres,
    "http": _http,
    "keycloak": _keycloak,
    "ldap": _ldap,
}
