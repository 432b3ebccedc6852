"""`reassort doctor`: is this deployment fit for a vote? One finding a check."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import packages_distributions

import structlog

from core.errors import DependencyFailure
from core.voter import Numic
from graphql_api.compose import Application, compose
from graphql_api.queries import PARIS
from graphql_api.settings import Settings

_log = structlog.stdlib.get_logger("reassort.doctor")
OUR_PACKAGES = ("core", "adapters", "graphql_api")
LEAST_FREE = 2**30
"""Bytes on the disk of the data folder."""


class Verdict(StrEnum):
    """What a finding means."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    verdict: Verdict
    text: str


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
            found.append(Finding("packages", Verdict.BAD, text))
    return found or [Finding("packages", Verdict.GOOD, "no other package has our names")]


def examine(settings: Settings) -> list[Finding]:
    """Every finding for these settings. Sends nothing, and changes nothing in the database."""
    findings = [*collisions(), *for_real_use(settings), _disk(settings)]
    try:
        application = compose(settings)
    except ValueError as refusal:
        return [*findings, Finding("settings", Verdict.BAD, str(refusal))]
    return [*findings, *asyncio.run(_neighbours(application))]


def warn(settings: Settings) -> None:
    """Say in the log what is not fit for a vote, when a process starts with it."""
    for finding in for_real_use(settings):
        if finding.verdict is not Verdict.GOOD:
            _log.warning("not_fit_for_a_vote", subject=finding.subject, reason=finding.text)


def for_real_use(settings: Settings) -> Iterator[Finding]:
    if settings.dev_inbox or "inbox" in (settings.email, settings.sms):
        text = "messages go to the inbox, where anyone who can open it reads them: trials only"
        yield Finding("inbox", Verdict.WARNING, text)
    if settings.policy == "trial":
        yield Finding("policy", Verdict.WARNING, "`trial` has no quotas")
    if settings.link_template.startswith("http://"):
        yield Finding("link_template", Verdict.WARNING, "links in e-mails are not https")
    if "inbox" in (settings.email, settings.sms) and not settings.dev_inbox:
        text = "messages go to a file that nobody is shown: REASSORT_DEV_INBOX serves /dev/inbox"
        yield Finding("inbox", Verdict.WARNING, text)
    ours = (settings.email_sender, settings.assistance_email)
    if settings.email == "smtp" and any(each.endswith("@example.org") for each in ours):
        text = "an address of ours is a placeholder: set the sender's and the assistance cell's"
        yield Finding("addresses", Verdict.WARNING, text)
    if unknown := settings.unknown_names():
        text = f"not a setting, hence without effect: {', '.join(unknown)}"
        yield Finding("environment", Verdict.WARNING, text)
    yield _calendar(settings)


def _calendar(settings: Settings) -> Finding:
    now = datetime.now(UTC)
    found = settings.calendar.current_or_next(now)
    if found is None:
        text = "every round is over" if settings.voting_rounds else "no voting round"
        return Finding("calendar", Verdict.BAD, f"{text}: renewal is closed")
    if found.is_open(now):
        text = f"round {found.id} is open until {_in_paris(found.closes_at)}"
        return Finding("calendar", Verdict.GOOD, text)
    text = f"closed now; round {found.id} opens {_in_paris(found.opens_at)}"
    return Finding("calendar", Verdict.WARNING, text)


def _in_paris(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%d %H:%M} (Paris)"


def _disk(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    verdict = Verdict.GOOD if free >= LEAST_FREE else Verdict.BAD
    return Finding("disk", verdict, f"{free / 2**30:.1f} GiB free for the data folder")


async def _neighbours(application: Application) -> list[Finding]:
    try:
        return [await _store(application), await _register(application)]
    finally:
        await application.stop()


async def _store(application: Application) -> Finding:
    try:
        await application.ports.store.open()
        await application.ports.store.belong_to(application.settings.keyring, claim=False)
        dead = len(await application.jobs.list(1000))
    except DependencyFailure as failure:
        return Finding("database", Verdict.BAD, str(failure))
    if dead:
        text = f"{dead} dead letters: see `reassort jobs list`"
        return Finding("database", Verdict.WARNING, text)
    return Finding("database", Verdict.GOOD, "reachable, right schema, no dead letters")


async def _register(application: Application) -> Finding:
    try:
        await application.ports.register.find(Numic("00000000"))
    except DependencyFailure as failure:
        return Finding("register", Verdict.BAD, str(failure))
    rounds = getattr(application.ports.register, "rounds", list)()
    known = {each.id for each in application.settings.voting_rounds}
    if strange := sorted(set(rounds) - known):
        text = (
            f"answers, but names rounds that the calendar does not have: {', '.join(strange)}. "
            "Past ones do no harm; a misspelt one lets identifier and password both be renewed"
        )
        return Finding("register", Verdict.WARNING, text)
    return Finding("register", Verdict.GOOD, "answers")
