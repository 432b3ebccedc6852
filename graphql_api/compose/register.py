"""The register, and how it is made from a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from adapters.register.import_csv import ImportFailed, ImportReport, Progress, import_register
from adapters.register.import_csv.into_postgres import PostgresDestination
from adapters.register.postgres import PostgresRegister
from adapters.register.postgresql_view import PostgresViewRegister, ViewSettings
from adapters.register.rest import RestRegister, RestRegisterSettings
from adapters.register.sqlite import SqliteRegister
from adapters.system import SystemClock
from core.circuit import CircuitSettings
from core.ports.register import Register
from graphql_api.settings import Settings, SettingsRefused

from .neighbours import Neighbours

__all__ = ["ImportFailed", "ImportReport", "choose_register", "load_register"]


def choose_register(settings: Settings, neighbours: Neighbours) -> Register:
    """Raises `SettingsRefused`, and `ValueError` for a setting that the adapter refuses."""
    return _BUILDERS[settings.register_choice](settings, neighbours)


def load_register(
    settings: Settings,
    source: Path,
    report: Path,
    progress: Progress | None = None,
    region: str | None = None,
    force: bool = False,
    encoding: str | None = None,
    proposals: Path | None = None,
    repairs: Path | None = None,
) -> ImportReport:
    """Make the file `source` the register; raises `ImportFailed`, the old one then intact."""
    return import_register(
        source,
        _destination(settings),
        settings.keyring,
        report=report,
        progress=progress,
        default_region=region,
        force=force,
        identifier_length=settings.renewal_policy.identifier_length,
        encoding=encoding,
        proposals=proposals,
        repairs=repairs,
        now=SystemClock().now(),
    )


def _destination(settings: Settings) -> Path | PostgresDestination:
    if settings.register_choice == "postgres":
        return PostgresDestination(settings.dsn)
    if settings.register_choice == "sqlite":
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return settings.register_file
    chosen = settings.register_choice
    raise SettingsRefused(f"REASSORT_REGISTER: `{chosen}` is asked, and nothing imported into it")


def _sqlite(settings: Settings, _: Neighbours) -> Register:
    return SqliteRegister(settings.register_file, settings.keyring)


def _postgres(settings: Settings, neighbours: Neighbours) -> Register:
    pool = neighbours.postgres(settings.dsn, settings.register_connections, read_only=True)
    return PostgresRegister(pool, settings.keyring)


def _view(settings: Settings, neighbours: Neighbours) -> Register:
    dsn = settings.register_view_url.get_secret_value()
    pool = neighbours.postgres(dsn, settings.register_connections, read_only=True)
    view = ViewSettings(
        view=settings.register_view,
        schema=settings.register_view_schema,
        default_region=settings.register_view_default_region or None,
        hash_key=bytes.fromhex(settings.register_view_hash_key.get_secret_value()) or None,
    )
    return PostgresViewRegister(pool, view)


def _rest(settings: Settings, neighbours: Neighbours) -> Register:
    rest = RestRegisterSettings(
        settings.register_url,
        settings.register_token.get_secret_value(),
        at_once=settings.register_at_once,
        max_bytes=settings.register_max_bytes,
        circuit=_circuit(settings),
    )
    return RestRegister(neighbours.http(settings.register_ca_file), rest, neighbours.clock)


def _ldap(settings: Settings, neighbours: Neighbours) -> Register:
    directory = neighbours.directory("ldap", _circuit(settings))
    from adapters.register.ldap import LdapRegister, LdapRegisterSettings  # needs the extra

    ldap = LdapRegisterSettings(
        base=settings.register_ldap_base,
        numic_filter=settings.register_ldap_numic_filter,
        numel_filter=settings.register_ldap_numel_filter,
        numic=settings.register_ldap_numic,
        numel=settings.register_ldap_numel,
        email=settings.register_ldap_email,
        phones=settings.register_ldap_phones,
        default_region=settings.register_ldap_default_region or None,
        identifier=settings.register_ldap_identifier,
        identifier_check=settings.register_ldap_identifier_check,
        identifier_renewed_in=settings.register_ldap_identifier_renewed_in or None,
        seconds=settings.register_ldap_seconds,
    )
    return LdapRegister(directory, ldap)


def _circuit(settings: Settings) -> CircuitSettings:
    return CircuitSettings(
        failures_to_open=settings.register_circuit_failures,
        open_seconds=settings.register_circuit_seconds,
        longest_open_seconds=settings.register_circuit_longest,
        probes=settings.register_circuit_probes,
    )


_BUILDERS: Mapping[str, Callable[[Settings, Neighbours], Register]] = {
    "sqlite": _sqlite,
    "postgres": _postgres,
    "postgresql-view": _view,
    "rest": _rest,
    "ldap": _ldap,
}
