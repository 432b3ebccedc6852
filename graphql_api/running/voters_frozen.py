"""What doctor says of voters whose renewals are stopped."""

from __future__ import annotations

from core.errors import DependencyFailure
from core.voter_freeze import VoterFreeze
from graphql_api.compose import Application

from .fitness import Finding, Grade


async def voters_frozen(application: Application) -> list[Finding]:
    """An order is known by pseudonyms, each of a key: once all its keys are out of the ring, it is
    forgotten."""
    try:
        freezes = await application.freeze_voters.all()
    except DependencyFailure:
        return []  # told of the database already
    in_force = [each for each in freezes if each.is_in_force]
    if not in_force:
        return []
    keyring = application.settings.keyring
    if left := sum(not each.outlives_rotation(keyring) for each in in_force):
        text = (
            f"{left} known by older keys only: give the order again for each (`reassort voter "
            "list`, then `freeze`) before those keys leave REASSORT_KEYS"
        )
        return [Finding("renewals stopped", Grade.WARNING, text)]
    if old := sum(_is_of_before(each, application) for each in in_force):
        text = (
            f"{old} since before the round opened: they get no password in it either, unless "
            "somebody has them go on (`reassort voter unfreeze`)"
        )
        return [Finding("renewals stopped", Grade.WARNING, text)]
    return [Finding("renewals stopped", Grade.GOOD, f"of {len(in_force)} voters")]


def _is_of_before(freeze: VoterFreeze, application: Application) -> bool:
    """Whether it was ordered in an earlier round, or between two."""
    now, calendar = application.ports.clock.now(), application.settings.calendar
    opened = [each.opens_at for each in calendar.all_open_at(now)]
    return bool(opened) and freeze.frozen_at < min(opened)
