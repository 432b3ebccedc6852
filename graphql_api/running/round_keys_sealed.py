"""What doctor says of the voting rounds' own keys."""

from __future__ import annotations

from core.errors import DependencyFailure
from graphql_api.compose import Application

from .fitness import Finding, Grade


async def round_keys_sealed(application: Application) -> list[Finding]:
    """One that is lost splits its round's voters in two: those decided on before, and after."""
    try:
        keys = await application.keep_round_keys.all()
    except DependencyFailure:
        return []  # told of the database already
    keyring = application.settings.keyring
    living = [each for each in keys if each.destroyed_at is None]
    at_risk = [each for each in living if not each.outlives_rotation(keyring)]
    lost = [each.round_id for each in at_risk if each.key_id not in keyring]
    stale = [each.round_id for each in at_risk if each.key_id in keyring]
    found: list[Finding] = []
    if lost:
        text = (
            f"those of {', '.join(lost)} are sealed under keys that are not in REASSORT_KEYS: put "
            "the keys back and start a worker; figures may count a voter twice until then"
        )
        found.append(Finding("round keys", Grade.BAD, text))
    if stale:
        text = (
            f"those of {', '.join(stale)} are sealed under older keys of REASSORT_KEYS: start a "
            "gateway or a worker before those leave it"
        )
        found.append(Finding("round keys", Grade.BAD, text))
    if living and not found:
        found.append(Finding("round keys", Grade.GOOD, "sealed under the newest key"))
    return found
