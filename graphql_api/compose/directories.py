"""The LDAP directories: the register's, and that of the credential store, which may be another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from core.circuit import CircuitSettings
from graphql_api.settings import Settings, SettingsRefused

if TYPE_CHECKING:
    from adapters.connections.directory import DirectorySettings

Value = TypeVar("Value")


@contextmanager
def with_extra_ldap() -> Iterator[None]:
    """Raises `SettingsRefused` when what is imported within is not installed."""
    try:
        yield
    except ImportError:
        raise SettingsRefused("for directories, install `reassort[ldap]`") from None


def register_directory(settings: Settings, circuit: CircuitSettings) -> DirectorySettings:
    """Raises `SettingsRefused` without the extra `ldap`, `ValueError` for what the adapter
    refuses."""
    with with_extra_ldap():
        from adapters.connections.directory import DirectorySettings
    return DirectorySettings(
        url=settings.ldap_url,
        bind_dn=settings.ldap_bind_dn,
        bind_password=settings.ldap_bind_password.get_secret_value(),
        ca_file=settings.ldap_ca_file,
        plain_on_loopback=settings.ldap_plain_on_loopback,
        connect_timeout=settings.ldap_connect_timeout,
        answer_timeout=settings.ldap_answer_timeout,
        deadline=settings.ldap_deadline,
        connections=settings.ldap_connections,
        circuit=circuit,
    )


def credentials_directory(settings: Settings) -> DirectorySettings:
    """What is not said of it is as with the register's. Raises like `register_directory`."""
    with with_extra_ldap():
        from adapters.connections.directory import DirectorySettings
    own = common = settings
    return DirectorySettings(
        url=own.credentials_ldap_url or common.ldap_url,
        bind_dn=own.credentials_ldap_bind_dn or common.ldap_bind_dn,
        bind_password=own.credentials_ldap_bind_password.get_secret_value()
        or common.ldap_bind_password.get_secret_value(),
        ca_file=own.credentials_ldap_ca_file or common.ldap_ca_file,
        plain_on_loopback=_or(
            own.credentials_ldap_plain_on_loopback, common.ldap_plain_on_loopback
        ),
        connect_timeout=_or(own.credentials_ldap_connect_timeout, common.ldap_connect_timeout),
        answer_timeout=_or(own.credentials_ldap_answer_timeout, common.ldap_answer_timeout),
        deadline=_or(own.credentials_ldap_deadline, common.ldap_deadline),
        connections=_or(own.credentials_ldap_connections, common.ldap_connections),
    )


def _or(own: Value | None, common: Value) -> Value:
    return common if own is None else own
