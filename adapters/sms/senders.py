"""SenderIds: the name under which an SMS arrives. Countries differ in what they let through."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.voter import PhoneNumber

_NAME = re.compile(r"(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{3,11}")
"""France (AF2M): 3 to 11 letters and digits, no spaces; the GSM address field holds no more."""
_NUMBER = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}")
"""A number in E.164, or a short code: for countries that strip names, such as +1."""
_PREFIX = re.compile(r"\+[1-9]\d{0,6}")


@dataclass(frozen=True)
class SenderIds:
    """A sender by E.164 prefix, and one for everywhere else. `ValueError` for one that no network
    would carry."""

    default: str
    by_prefix: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        for prefix in self.by_prefix:
            if not _PREFIX.fullmatch(prefix):
                raise ValueError(f"not an E.164 prefix: {prefix!r}")
        for sender in (self.default, *self.by_prefix.values()):
            if not (_NAME.fullmatch(sender) or _NUMBER.fullmatch(sender)):
                raise ValueError(f"not a sender ID: {sender!r}")

    def towards(self, number: PhoneNumber) -> str:
        """The sender for this number: that of the longest prefix."""
        matching = [prefix for prefix in self.by_prefix if number.value.startswith(prefix)]
        return self.by_prefix[max(matching, key=len)] if matching else self.default
