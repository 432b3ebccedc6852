"""Which country a phone number belongs to."""

from typing import Protocol

from core.voter import PhoneNumber


class Countries(Protocol):
    """The numbering plan."""

    def of(self, number: PhoneNumber) -> str:
        """The country as ISO 3166 alpha-2 (`AR`); `ZZ` when the plan knows none."""
        ...
