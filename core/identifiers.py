"""Ids of our own rows: random, so that they tell nothing and cannot be guessed."""

from base64 import b32encode

ID_BYTES = 15


def new_id(chance: bytes) -> str:
    """The id that stands for `ID_BYTES` random bytes: 24 lower-case letters and digits."""
    return b32encode(chance).decode("ascii").lower()
