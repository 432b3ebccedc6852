"""What `reassort doctor` says of the password keys: do machines agree, are old keys destroyed?"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from core.errors import DependencyFailure, KeyUnavailable
from core.ports.daily_keys import DailyKeys
from graphql_api.compose import Application
from graphql_api.compose.password_keys import another_file, password_key_path, without_a_file

from .finding import Finding, Grade

SUBJECT = "password keys"
LATE = timedelta(days=2)
"""A key of so long ago should have been destroyed; that of yesterday may be needed still."""


async def key_file(application: Application) -> Finding:
    """One finding. Makes no file, and changes nothing in the database."""
    path = password_key_path(application.settings)
    try:
        known = await application.ports.store.password_key_file()
    except DependencyFailure:
        return Finding(SUBJECT, Grade.BAD, "not looked at: the database cannot be read")
    keys = application.ports.password_keys
    if path is None or not isinstance(keys, DailyKeys):
        return _without(known)
    if known is None and not path.exists() and application.settings.password_key_file is None:
        return Finding(SUBJECT, Grade.GOOD, f"{path} will be made at the first start")
    try:
        keys.load()
    except KeyUnavailable as failure:
        return Finding(SUBJECT, Grade.BAD, str(failure))
    if known not in (None, keys.file_id()):
        return Finding(SUBJECT, Grade.BAD, another_file(known, keys.file_id()))
    return await _found(application, keys, path)


def _without(known: str | None) -> Finding:
    if known is not None:
        return Finding(SUBJECT, Grade.BAD, without_a_file(known))
    text = (
        "passwords depend on REASSORT_KEYS alone: whoever has them and a log or backup of the "
        "database can derive those in force. Make a file with `reassort new-password-key` and name "
        "it in REASSORT_PASSWORD_KEY_FILE"
    )
    return Finding(SUBJECT, Grade.WARNING, text)


async def _found(application: Application, keys: DailyKeys, path: Path) -> Finding:
    oldest, today = keys.oldest(), application.ports.clock.now().date()
    if not _is_replaceable(path):
        text = f"no file can be written beside {path}: no key is destroyed"
        return Finding(SUBJECT, Grade.BAD, text)
    if oldest > today:
        text = (
            f"the file is of {oldest}, which is to come: a clock is or was wrong. The key of that "
            "day serves until it is over; passwords of other machines wait for those"
        )
        return Finding(SUBJECT, Grade.WARNING, text)
    async with application.ports.store.read() as unit:
        held = await unit.housekeeping.password_keys_in_use()
    if strange := [each for each in held if each not in keys]:
        text = (
            f"passwords on their way depend on keys that are not here ({', '.join(strange[:3])}): "
            "their voters get none from this machine"
        )
        return Finding(SUBJECT, Grade.WARNING, text)
    if today - oldest >= LATE:
        text = (
            f"the key of {oldest} is there still: no process runs that destroys it, or a seed of "
            "that day is in the database (see `reassort jobs list`)"
        )
        return Finding(SUBJECT, Grade.WARNING, text)
    text = f"file {keys.file_id()}, the database's; readable by its owner alone; since {oldest}"
    return Finding(SUBJECT, Grade.GOOD, text)


def _is_replaceable(path: Path) -> bool:
    return os.access(path.resolve().parent, os.W_OK | os.X_OK)
