"""Caps on what SMS may go where, and on what they may cost: against SMS pumping (R28)."""

from __future__ import annotations

from dataclasses import dataclass

from core.voter import PhoneNumber

MILLIONTHS = 1_000_000
"""Costs are whole millionths of a currency unit: sums of many stay exact."""
DAY_COST = "day's cost"
"""The name of the one cap that holds for a day; the others hold for an hour."""
PREFIX_DIGITS = 7
"""Digits of an E.164 number that name its block: country and the first of the national number."""


@dataclass(frozen=True)
class Charged:
    """The counts that an SMS has just joined: SMS to its prefix and to its country within this
    hour, and what all SMS of this day have cost, in millionths. Hours and days are UTC's."""

    to_prefix: int
    to_country: int
    day_cost: int


@dataclass(frozen=True)
class SpendingRule:
    """Each cap may be None: there is none. `day_cost` in millionths of a currency unit."""

    prefix_per_hour: int | None = None
    country_per_hour: int | None = None
    day_cost: int | None = None
    first_share: float = 0.5
    """The part of each cap that is kept for voters who have had no SMS within a day: nobody fills
    by renewing over and over what others need once (R61)."""

    @property
    def has_caps(self) -> bool:
        """Whether SMS need to be counted at all."""
        caps = (self.prefix_per_hour, self.country_per_hour, self.day_cost)
        return any(cap is not None for cap in caps)

    def breach(self, charged: Charged, is_first: bool = True) -> str | None:
        """The name of the cap that this SMS would break, or None. `is_first`: the voter has had
        none within a day; other SMS stop where the part kept for first ones begins."""
        open_share = 1.0 if is_first else 1 - self.first_share
        caps = (
            ("prefix", charged.to_prefix, self.prefix_per_hour),
            ("country", charged.to_country, self.country_per_hour),
            (DAY_COST, charged.day_cost, self.day_cost),
        )
        broken = (
            name
            for name, count, cap in caps
            if cap is not None and count > max(1, cap * open_share)
        )
        return next(broken, None)


def block_of(number: PhoneNumber) -> str:
    """The prefix under which the number is counted: `+5491155`."""
    return number.value[: PREFIX_DIGITS + 1]
