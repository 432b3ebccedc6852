"""Ids of our own rows: by the time at which they are made, and random, so that they cannot be
guessed and new rows lie beside each other in every index (docs/adr/0038).
"""

from base64 import b32hexencode
from datetime import UTC, datetime, timedelta

CHANCE_BYTES = 9
"""72 bits: what somebody who knows the millisecond would have to guess."""
_TIME_BYTES = 6
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def new_id(at: datetime, chance: bytes) -> str:
    """24 lower-case letters and digits: the milliseconds of `at` since 1970, then `CHANCE_BYTES`
    random bytes. Texts are in the order of their times; within a millisecond by chance."""
    milliseconds = (at - _EPOCH) // _MILLISECOND
    return b32hexencode(milliseconds.to_bytes(_TIME_BYTES) + chance).decode("ascii").lower()
