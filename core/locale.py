"""The languages in which a voter is spoken to."""

from enum import StrEnum


class Locale(StrEnum):
    """Carried from the request into every message that it causes (R34)."""

    FR = "fr"
    EN = "en"
