"""MessageChange: one step of one message, kept when the message's own row goes on (R45, R49)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.delivery import DeliveryState
from core.messages import Channel


@dataclass(frozen=True)
class MessageChange:
    """What became of an attempt, or with `number` 0 of the message as a whole. `was` is None where
    it begins. `place` is a country (ISO 3166) or a mailbox domain, empty while it is not known.

    `happened_at` is a receipt's own time where one tells, held between the acceptance and
    `recorded_at`, which is when we wrote it down: what was recorded by a moment never changes.
    """

    delivery: str
    number: int
    channel: Channel
    route: str
    place: str
    state: DeliveryState
    happened_at: datetime
    recorded_at: datetime
    was: DeliveryState | None = None
    operator: str | None = None
    reason: str | None = None

    @property
    def kind(self) -> str:
        """Which of a request's messages it is, as the delivery's id has it."""
        return self.delivery.rpartition(".")[2]
