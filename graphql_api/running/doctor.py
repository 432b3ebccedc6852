"""`reassort doctor`: is this deployment fit for a vote? One finding a check."""

from __future__ import annotations

import asyncio
import shutil
from importlib.metadata import packages_distributions

from core.errors import ConfigurationRefused, DependencyFailure
from core.ports.life_cycle import Checks
from core.ports.register import NamesRounds
from core.voter import Numic, rounds_unknown
from graphql_api.compose import Application, compose
from graphql_api.compose.storage import told_where
from graphql_api.settings import Settings

from .agreement import on_this_machine, with_neighbours
from .alerts_told import alerts_told
from .electorates import electorates
from .fitness import Finding, Grade, for_real_use, warn
from .in_clear import in_clear
from .key_file import key_file
from .keys_lost import keys_lost
from .last_import import last_import
from .neighbours_down import neighbours_down
from .operators_sign_in import operators_sign_in
from .partners_known import partners_known
from .relays import relays
from .round_keys_sealed import round_keys_sealed
from .rounds_kept import rounds_kept
from .voters_frozen import voters_frozen
from .workers_living import workers_living

__all__ = ["Finding", "Grade", "collisions", "examine", "warn"]

OUR_PACKAGES = ("core", "adapters", "graphql_api")
LEAST_FREE = 2**30
"""Bytes on the disk of the data folder."""


def collisions() -> list[Finding]:
    """Other distributions that ship a package of the same name as ours: files of one overwrite the
    other's, silently."""
    owners = packages_distributions()
    found: list[Finding] = []
    for package in OUR_PACKAGES:
        others = sorted(set(owners.get(package, [])) - {"reassort"})
        if others:
            text = (
                f"`{package}` is also installed by {', '.join(others)}: install reassort in an "
                "environment of its own"
            )
            found.append(Finding("packages", Grade.BAD, text))
    return found or [Finding("packages", Grade.GOOD, "no other package has our names")]


def examine(settings: Settings) -> list[Finding]:
    """Every finding for these settings. Sends nothing, and changes nothing in the database."""
    findings = [
        *collisions(),
        *for_real_use(settings),
        *on_this_machine(settings),
        _disk(settings),
    ]
    try:
        application = compose(settings)
    except (ConfigurationRefused, ValueError) as refusal:
        return [*findings, Finding("settings", Grade.BAD, str(refusal))]
    findings += in_clear(settings)
    return [*findings, *asyncio.run(_neighbours(application))]


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    verdict = Grade.GOOD if free >= LEAST_FREE else Grade.BAD
    return Finding("disk", verdict, f"{free / 2**30:.1f} GiB free for the data folder")


async def _neighbours(application: Application) -> list[Finding]:
    try:
        return [
            await _store(application),
            await key_file(application),
            *await keys_lost(application),
            *await workers_living(application),
            *await neighbours_down(application),
            *await alerts_told(application),
            *await with_neighbours(application),
            await _register(application),
            *await last_import(application.ports.register),
            *await electorates(application),
            await _credentials(application),
            *await relays(application),
            await _limits(application),
            *await operators_sign_in(application),
            *await partners_known(application),
            *await voters_frozen(application),
            *await rounds_kept(application),
            *await round_keys_sealed(application),
        ]
    finally:
        await application.stop()


async def _store(application: Application) -> Finding:
    try:
        with told_where(application.settings):
            await application.ports.store.open()
            await application.ports.store.check()
        await application.ports.store.belong_to(application.settings.keyring, claim=False)
        dead = len(await application.jobs.list(1000))
    except DependencyFailure as failure:
        return Finding("database", Grade.BAD, str(failure))
    if dead:
        text = f"{dead} dead letters: see `reassort jobs list`"
        return Finding("database", Grade.WARNING, text)
    return Finding("database", Grade.GOOD, "reachable, right schema, no dead letters")


async def _register(application: Application) -> Finding:
    try:
        await application.ports.register.find(Numic("00000000"))
        register = application.ports.register
        rounds = await register.rounds() if isinstance(register, NamesRounds) else []
    except DependencyFailure as failure:
        return Finding("register", Grade.BAD, str(failure))
    known = {each.id for each in application.settings.voting_rounds}
    if strange := rounds_unknown(rounds, known):
        text = (
            f"answers, but names rounds that the calendar does not have: {', '.join(strange)}. "
            "Past ones do no harm; a misspelt one lets identifier and password both be renewed"
        )
        return Finding("register", Grade.WARNING, text)
    return Finding("register", Grade.GOOD, "answers")


async def _credentials(application: Application) -> Finding:
    credentials = application.ports.credentials
    if not isinstance(credentials, Checks):
        text = "not tried: nothing but a password could be sent there"
        return Finding("credentials", Grade.GOOD, text)
    settings = application.settings
    if settings.credentials_choice == "sqlite" and not settings.credentials_file.exists():
        return Finding("credentials", Grade.GOOD, "no file yet: the first password makes it")
    try:
        await credentials.check()
    except DependencyFailure as failure:
        return Finding("credentials", Grade.BAD, str(failure))
    return Finding("credentials", Grade.GOOD, "reachable")


async def _limits(application: Application) -> Finding:
    if not application.settings.limits_are_shared:
        return Finding("limits", Grade.GOOD, "counted by each process")
    if await application.limits.counters_are_shared():
        return Finding("limits", Grade.GOOD, "shared, and their counters answer")
    text = "the shared counters do not answer: meanwhile each process counts for itself"
    return Finding("limits", Grade.WARNING, text)
