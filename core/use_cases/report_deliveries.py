"""For operators: how messages fare now, and how many voters are unreached (R32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.delivery_figures import (
    SMALLEST_CELL,
    UNTIED_AFTER,
    Count,
    Grouping,
    Rate,
    Unreached,
    rates,
    unreached,
    without_rare_domains,
)
from core.link_shares import MailVerdict
from core.ports.clock import Clock
from core.ports.reading_units import FiguresUnit
from core.ports.unit_of_work import Begin
from core.route_health import Verdict
from core.voting_round import Calendar


@dataclass(frozen=True)
class DeliveryReport:
    """One look at the records, all of the same moment."""

    counts: Sequence[Count]
    unreached: Unreached
    verdicts: Sequence[Verdict]
    """The routes that have ever fallen in a country, and how they stand."""
    untied: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many receipts of the window tie to no SMS, by route; routes without any are left out."""
    mail_verdicts: Sequence[MailVerdict] = ()
    """The mail routes that have ever fallen in a mailbox domain, and how they stand."""
    bounces_read: bool = True
    """Whether e-mail that a relay took, and nobody complained of, may be called delivered."""

    def rates(self, by: Grouping) -> list[Rate]:
        """The worst first."""
        return rates(self.counts, by, self.bounces_read)


@dataclass(frozen=True)
class ReportDeliveries:
    """Reads only."""

    read: Begin[FiguresUnit]
    calendar: Calendar
    clock: Clock
    smallest_cell: int = SMALLEST_CELL
    """Mailbox domains with fewer messages are told under one name."""
    bounces_read: bool = True
    """Whether mail servers' reports come to us."""

    async def __call__(self, window: timedelta, patience: timedelta) -> DeliveryReport:
        """Messages of the last `window`; voters count as unreached after `patience`. Raises
        `StoreUnavailable`."""
        now = self.clock.now()
        watched = self.calendar.watched_at(now)
        async with self.read() as unit:
            return DeliveryReport(
                without_rare_domains(await unit.figures.counts(now - window), self.smallest_cell),
                unreached(await unit.figures.standings(watched, now - patience, now)),
                await unit.routes.verdicts(),
                await unit.early_receipts.untied(now - window, now - UNTIED_AFTER),
                await unit.mail_routes.verdicts(),
                self.bounces_read,
            )
