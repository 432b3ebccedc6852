"""Receipt: what a provider or a mail server reports of one message, later (R30).

Receipts come at least once, in any order, and before the answer to the hand-over as well as after.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.delivery import DeliveryState

BOUNCES = "bounces"
"""In the place of an SMS route's name: reports of mail servers that could not be read."""


class Way(StrEnum):
    """How the id in a receipt is to be read to give the id of the response."""

    SAME = "same"
    TEXT = "text"
    """As the receipt's text has it, where its parameters have another."""
    HEX_TO_DECIMAL = "hex_to_decimal"
    """Hexadecimal in the response, decimal in the receipt."""
    DECIMAL_TO_HEX = "decimal_to_hex"


@dataclass(frozen=True)
class Reading:
    """A reference that a receipt may mean, and by which way of reading it."""

    way: Way
    reference: str


@dataclass(frozen=True)
class Receipt:
    """One report. Names the attempt by our own id, where the provider echoes it, or by the route's
    `reference`; without either it is of no use. `otherwise`: what the reference may mean as well,
    where it is not known how the route writes it.

    `state`: ACCEPTED is "on its way", the other three are the end. `reason` is short, from the
    adapter's own table: no text of a vendor's, nothing personal. `operator` is a network's name or
    its code (MCC-MNC), where the report says it.
    """

    route: str
    state: DeliveryState
    at: datetime
    attempt: str | None = None
    reference: str | None = None
    operator: str | None = None
    reason: str | None = None
    otherwise: tuple[Reading, ...] = ()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All that its reference may mean, the plainest first."""
        if self.reference is None:
            return ()
        return (Reading(Way.SAME, self.reference), *self.otherwise)

    def __post_init__(self) -> None:
        if self.state is DeliveryState.QUEUED:
            raise ValueError("a receipt reports on what was handed over")
        if self.attempt is None and self.reference is None:
            raise ValueError("a receipt names what it reports on")


TakeReceipt = Callable[[Receipt], Awaitable[object]]
"""Where adapters bring receipts. Returns once it is stored; raises `StoreUnavailable` when it is
not, and the sender is then to report again."""
