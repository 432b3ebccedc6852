"""For operators: how messages fare now, and how many voters are unreached (R32)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

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
from core.mail_routes import MailRouteTable
from core.ports.clock import Clock
from core.ports.reading_units import FiguresUnit
from core.ports.unit_of_work import Begin
from core.route_health import Health, Verdict, stand_in
from core.routes import order_to
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

    sms_order: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """The names of the routes by destination."""
    mail_table: MailRouteTable | None = None

    def rates(self, by: Grouping) -> list[Rate]:
        """The worst first."""
        return rates(self.counts, by, self.bounces_read)

    def instead_of(self, fallen: Verdict) -> str | None:
        """The route by which SMS go to that country while this one has fallen there. Numbers with a
        prefix of their own in the table may go otherwise."""
        country = fallen.country
        failing = {
            each.route
            for each in self.verdicts
            if (each.country, each.health) == (country, Health.FAILING)
        }
        return stand_in(fallen.route, order_to(country, self.sms_order), failing)

    def instead_of_mail(self, fallen: MailVerdict) -> str | None:
        """The mail route by which e-mails go to that mailbox domain meanwhile."""
        domain = fallen.domain
        failing = {
            each.route
            for each in self.mail_verdicts
            if (each.domain, each.health) == (domain, Health.FAILING)
        }
        order = self.mail_table.towards(domain) if self.mail_table else ()
        return stand_in(fallen.route, order, failing)


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
    sms_order: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    mail_table: MailRouteTable | None = None

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
                self.sms_order,
                self.mail_table,
            )
