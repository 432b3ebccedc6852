"""What `reassort doctor` says of requests whose key has left the ring."""

from __future__ import annotations

from core.errors import DependencyFailure
from graphql_api.compose import Application

from .fitness import Finding, Grade

SUBJECT = "keys of requests"


async def keys_lost(application: Application) -> list[Finding]:
    """Of those that are open: a link that was sent, a password on its way. Nothing tells under
    which key others are known."""
    try:
        async with application.ports.store.read() as unit:
            found = await unit.housekeeping.open_by_key(application.ports.clock.now())
    except DependencyFailure:
        return []  # told of the database already
    keyring = application.settings.keyring
    if lost := {each: count for each, count in found.items() if each not in keyring}:
        text = (
            f"{sum(lost.values())} open requests are of keys that are not in REASSORT_KEYS "
            f"({', '.join(sorted(lost))}): their links open nothing, and who asked by NUMEL "
            "gets no password. Put the keys back, behind the newest, for a day"
        )
        return [Finding(SUBJECT, Grade.BAD, text)]
    older = sum(count for each, count in found.items() if each != keyring.newest)
    if older:
        text = f"{older} open requests need a key that is not the newest: leave it in REASSORT_KEYS"
        return [Finding(SUBJECT, Grade.GOOD, text)]
    return [Finding(SUBJECT, Grade.GOOD, "the newest alone is needed for what is open")]
