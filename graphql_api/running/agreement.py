"""Whether clock, counts, modes and limits agree with each other and with the neighbours (F-9)."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import CannotProceed, DependencyFailure
from core.web_address import is_loopback
from graphql_api.compose import Application
from graphql_api.settings import Settings

from .finding import Finding, Grade

_WRITABLE = stat.S_IWGRP | stat.S_IWOTH
_READABLE = stat.S_IRGRP | stat.S_IROTH


def on_this_machine(settings: Settings) -> Iterator[Finding]:
    """Modes of what is kept, and whose network voters count for."""
    yield _modes(settings.data_dir)
    host = urlsplit(settings.link_template).hostname or ""
    is_proxied = settings.link_template.startswith("https://") and not is_loopback(host)
    if is_proxied and settings.public and not settings.trusted_proxies:
        text = (
            "links lead to https, so a proxy is in front, and none is named: all voters count for "
            "its one network. Set REASSORT_TRUSTED_PROXIES, unless another server does it"
        )
        yield Finding("proxies", Grade.WARNING, text)


def _modes(folder: Path) -> Finding:
    if not folder.exists():
        text = f"there is no data folder {folder}: it will be made; is REASSORT_DATA_DIR right?"
        return Finding("modes", Grade.WARNING, text)
    kept = [each for each in (folder, *folder.glob("*")) if not each.is_symlink() and each.exists()]
    modes = {each: each.stat().st_mode for each in kept}
    if writable := sorted(each.name for each, mode in modes.items() if mode & _WRITABLE):
        text = f"others may write to {', '.join(writable)}: take that away (chmod go-w)"
        return Finding("modes", Grade.BAD, text)
    if modes[folder] & (stat.S_IROTH | stat.S_IXOTH):
        readable = sorted(
            each.name for each, mode in modes.items() if each != folder and mode & _READABLE
        )
        if readable:
            text = f"others may read {', '.join(readable)}: chmod go-rwx the data folder"
            return Finding("modes", Grade.WARNING, text)
        text = "others may look into the data folder, and read nothing of what is in it"
        return Finding("modes", Grade.GOOD, text)
    return Finding("modes", Grade.GOOD, "the data folder is its owner's alone")


async def with_neighbours(application: Application) -> list[Finding]:
    """The clock and the database that was last seen; connections."""
    try:
        return [
            await _clock(application),
            await _lineage(application),
            *await _connections(application),
        ]
    except DependencyFailure:
        return []  # told of the database already


async def _clock(application: Application) -> Finding:
    try:
        await application.watch_clock.refuse()
    except CannotProceed as refusal:
        return Finding("clock", Grade.BAD, str(refusal))
    return Finding("clock", Grade.GOOD, "as the database's")


async def _lineage(application: Application) -> Finding:
    try:
        await application.watch_lineage.refuse()
    except CannotProceed as refusal:
        return Finding("restore", Grade.BAD, str(refusal))
    return Finding("restore", Grade.GOOD, "the database is the one last seen here")


async def _connections(application: Application) -> list[Finding]:
    allowed = await application.ports.store.connections_allowed()
    if allowed is None:
        return []
    wanted = connections_wanted(application.settings)
    text = f"up to {wanted} connections to PostgreSQL by this machine, of {allowed} that it takes"
    if wanted > allowed:
        return [Finding("connections", Grade.BAD, f"{text}: lower REASSORT_DATABASE_CONNECTIONS")]
    return [Finding("connections", Grade.GOOD, text)]


def connections_wanted(settings: Settings) -> int:
    """Of the processes that serve, and of one worker, each with all its pools full; the worker
    alone sets passwords and listens for jobs."""
    each = settings.database_connections + settings.database_readers
    if settings.register_choice == "postgres":
        each += settings.register_connections
    passwords = settings.password_threads if settings.credentials_choice == "postgres" else 0
    return each * (settings.processes + 1) + passwords + 1
