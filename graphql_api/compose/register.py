"""The register, and how it is made from a file. An adapter is imported by the function that builds
it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from core.circuit import CircuitSettings
from graphql_api.settings import Settings, SettingsRefused

from .directories import register_directory, with_extra_ldap
from .parts import Parts, http_of

if TYPE_CHECKING:
    from adapters.register.import_csv import ImportReport, Progress
    from adapters.register.import_csv.into_postgres import PostgresDestination
    from core.ports.register import Register
    from graphql_api.settings.register import RegisterKind


def choose_register(settings: Settings, parts: Parts) -> Register:
    """Raises `SettingsRefused`, and `ValueError` for a setting that the adapter refuses."""
    return _BUILDERS[settings.register_choice](settings, parts)


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
    from adapters.register.import_csv import import_register
    from adapters.system import SystemClock

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
        rounds=[each.id for each in settings.voting_rounds],
    )


def _destination(settings: Settings) -> Path | PostgresDestination:
    if settings.register_choice == "postgres":
        from adapters.register.import_csv.into_postgres import PostgresDestination

        return PostgresDestination(settings.dsn)
    if settings.register_choice == "sqlite":
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return settings.register_file
    chosen = settings.register_choice
    raise SettingsRefused(f"REASSORT_REGISTER: `{chosen}` is asked, and nothing imported into it")


def _sqlite(settings: Settings, _: Parts) -> Register:
    from adapters.register.sqlite import SqliteRegister

    return SqliteRegister(settings.register_file, settings.keyring)


def _postgres(settings: Settings, parts: Parts) -> Register:
    from adapters.register.postgres import PostgresRegister

    pool = parts.connections.postgres(settings.dsn, settings.register_connections, read_only=True)
    return PostgresRegister(pool, settings.keyring)


def _view(settings: Settings, parts: Parts) -> Register:
    from adapters.register.postgresql_view import PostgresViewRegister, ViewSettings

    dsn = settings.register_view_url.get_secret_value()
    pool = parts.connections.postgres(
        dsn, settings.register_connections, read_only=True, ours=False
    )
    view = ViewSettings(
        view=settings.register_view,
        schema=settings.register_view_schema,
        default_region=settings.register_view_default_region or None,
        hash_key=bytes.fromhex(settings.register_view_hash_key.get_secret_value()) or None,
        constituency=settings.register_view_constituency or None,
        post=settings.register_view_post or None,
    )
    return PostgresViewRegister(pool, view)


def _rest(settings: Settings, parts: Parts) -> Register:
    from adapters.register.rest import RestRegister, RestRegisterSettings

    rest = RestRegisterSettings(
        settings.register_url,
        settings.register_token.get_secret_value(),
        at_once=settings.register_at_once,
        max_bytes=settings.register_max_bytes,
        circuit=_circuit(settings),
    )
    return RestRegister(http_of(parts, settings.register_ca_file), rest, parts.clock)


def _ldap(settings: Settings, parts: Parts) -> Register:
    with with_extra_ldap():
        from adapters.register.ldap import LdapRegister, LdapRegisterSettings

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
        constituency=settings.register_ldap_constituency or None,
        post=settings.register_ldap_post or None,
        seconds=settings.register_ldap_seconds,
    )
    directory = parts.connections.directory(register_directory(settings, _circuit(settings)))
    return LdapRegister(directory, ldap)


def _circuit(settings: Settings) -> CircuitSettings:
    return CircuitSettings(
        failures_to_open=settings.register_circuit_failures,
        open_seconds=settings.register_circuit_seconds,
        longest_open_seconds=settings.register_circuit_longest,
        probes=settings.register_circuit_probes,
    )


_BUILDERS: Mapping[RegisterKind, Callable[[Settings, Parts], Register]] = {
    "sqlite": _sqlite,
    "postgres": _postgres,
    "postgresql-view": _view,
    "rest": _rest,
    "ldap": _ldap,
}
