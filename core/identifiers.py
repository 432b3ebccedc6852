"""Ids of our own rows: random, so that they tell nothing and cannot be guessed."""

from base64 import b32encode

from core.ports.randomness import Randomness

ID_BYTES = 15


def new_id(randomness: Randomness) -> str:
    """120 random bits as 24 lower-case letters and digits."""
    return b32encode(randomness.token(ID_BYTES)).decode("ascii").lower()
