"""The password keys: of the ring, or of one day each in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import CannotProceed, ConfigurationRefused, KeyUnavailable
from core.intervention import Act, Intervention
from core.password_keys import PasswordKeys, RingPasswordKeys
from core.ports.clock import Clock
from core.ports.daily_keys import DailyKeys
from graphql_api.settings import Settings

from .parts import Parts
from .storage import Store

if TYPE_CHECKING:
    from core.ports.events import Events


def choose_password_keys(settings: Settings, parts: Parts) -> PasswordKeys:
    path = password_key_path(settings)
    if path is None:
        return RingPasswordKeys(settings.keyring)
    from adapters.password_keys.daily import DailyKeyFile

    made_alone = settings.password_key_file is None
    return DailyKeyFile(path, settings.keyring, parts.clock, made_alone)


def password_key_path(settings: Settings) -> Path | None:
    """Where the file is, if there is one. With SQLite there always is: beside the database, which
    is safe because a password takes a key of the ring as well."""
    if settings.password_key_file is not None or settings.engine == "postgres":
        return settings.password_key_file
    return settings.database.with_suffix(".password-key")


def make_password_key_file(path: Path) -> str:
    """Make the file with a key of today; its id. Raises `CannotProceed` when it is there already,
    `KeyUnavailable` when it cannot be written."""
    from adapters.password_keys.key_file import make, new_key
    from adapters.system import SystemClock

    key = new_key(SystemClock().now().date())
    if not make(path, key):
        raise CannotProceed(f"{path} is there already, and is kept as it is")
    return key.file_id


async def claim_password_keys(keys: PasswordKeys, store: Store) -> None:
    """Refuse a database whose seeds are for keys that are not here; make one that is nobody's
    ours. Raises `KeyUnavailable`, `StoreUnavailable`, and `ConfigurationRefused` when there is to
    be a file and none is named."""
    known = await store.password_key_file()
    if not isinstance(keys, DailyKeys):
        if known is not None:
            raise ConfigurationRefused(without_a_file(known))
        return
    keys.load(make=known is None)
    if known is None:
        known = await store.claim_password_keys(keys.file_id())
    if known != keys.file_id():
        raise KeyUnavailable(another_file(known, keys.file_id()))


async def adopt_password_keys(
    keys: PasswordKeys, store: Store, by: str, clock: Clock, events: Events
) -> tuple[str, int]:
    """Have the database take these keys, whatever was before: what they are called, and how many
    keys of seeds that are held are not among them."""
    from core.use_cases.note_interventions import told

    file_id = None
    if isinstance(keys, DailyKeys):
        keys.load(make=True)
        file_id = keys.file_id()
    async with store.read() as unit:
        held = await unit.housekeeping.password_keys_in_use()
    taken = "REASSORT_KEYS alone" if file_id is None else f"the password key file {file_id}"
    noted = Intervention(clock.now(), by, Act.PASSWORD_KEYS_ADOPTED, taken)
    await store.adopt_password_keys(file_id, noted)
    events.record(told(noted))
    return taken, sum(each not in keys for each in held)


def another_file(known: str | None, here: str) -> str:
    """What is said when machines do not agree."""
    return (
        f"the password key file here ({here}) is another than this database's ({known}): copy that "
        "one here; if it is lost, `reassort adopt-password-key`"
    )


def without_a_file(known: str) -> str:
    """What is said where a file is needed and none is named."""
    return (
        "REASSORT_PASSWORD_KEY_FILE: needed: this database's passwords depend on the file "
        f"{known}. Copy it here and name it; to do without, `reassort adopt-password-key`"
    )
