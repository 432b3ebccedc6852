"""What dashboards watch: how messages fare, who is unreached, which routes have fallen (R32)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from core.delivery_figures import Grouping, Rate, Unreached
from core.errors import FieldProblem, InvalidFields
from core.link_shares import MailVerdict
from core.route_health import Verdict
from core.spending import MILLIONTHS
from core.use_cases.report_deliveries import DeliveryReport
from graphql_api.access.caller import Access
from graphql_api.access.demands import refusal_for
from graphql_api.access.rule import DASHBOARDS, open_to, shown_to
from graphql_api.access.scopes import DELIVERIES

from .call import counted
from .enums import Channel, DeliveryGrouping, RouteHealth, UnreachedCause

LONGEST = 7 * 24 * 60
"""Minutes that a report may look back."""
WATCHED = open_to(Access.DASHBOARD, DELIVERIES, in_urls=True)


@shown_to(Access.DASHBOARD, DELIVERIES)
@strawberry.type(description="How the messages of one group fared. For SMS each attempt counts.")
class DeliveryRate:
    channel: Channel = strawberry.field(description="By which channel they went.")
    group: str = strawberry.field(
        description="The country of an SMS or the domain of a mailbox, the route, or the operator, "
        "as asked for; empty while it is not known."
    )
    delivered: int = strawberry.field(
        description="Arrived. E-mail that the relay took and nobody complained of counts as such "
        "where bounces come to us (`REASSORT_BOUNCE_ADDRESS`)."
    )
    lost: int = strawberry.field(description="Did not arrive, and will not.")
    pending: int = strawberry.field(description="Without an end yet.")
    taken: int = strawberry.field(
        description="E-mail that the relay took where nobody reads bounces: not known to have "
        "arrived."
    )
    rate: float | None = strawberry.field(
        description="Delivered among those with an end, from 0 to 1; null while none has one, and "
        "beside `taken`."
    )
    cost: float = strawberry.field(description="In the currency of the route table.")

    @classmethod
    def of(cls, rate: Rate) -> DeliveryRate:
        return cls(
            channel=rate.channel,
            group=rate.group,
            delivered=rate.delivered,
            lost=rate.lost,
            pending=rate.pending,
            taken=rate.taken,
            rate=rate.rate,
            cost=rate.cost / MILLIONTHS,
        )


@shown_to(Access.DASHBOARD, DELIVERIES)
@strawberry.type(description="Voters who are unreached for one cause.")
class UnreachedVoters:
    cause: UnreachedCause = strawberry.field(description="What stands in the way.")
    voters: int = strawberry.field(description="So many, each counted once.")


@shown_to(Access.DASHBOARD, DELIVERIES)
@strawberry.type(
    description="Voters of the open rounds (or of those that closed last) whom nothing is known to "
    "have reached, each once, by the latest renewal or link."
)
class VotersUnreached:
    waiting: int = strawberry.field(
        description="Confirmed for longer than `REASSORT_ALERT_PATIENCE`, the end still open, "
        "whether or not the old password works still."
    )
    lost: int = strawberry.field(description="Confirmed, and the password was given up.")
    links: int = strawberry.field(
        description="Whose link did not arrive or was withdrawn, or is not decided on."
    )
    causes: list[UnreachedVoters] = strawberry.field(
        description="Of all of these, the most frequent first. Those that are not of a link sum up "
        "to `waiting` and `lost`."
    )
    receipts_not_expected: int = strawberry.field(
        description="Neither reached nor unreached: a route that gives no receipts has the SMS."
    )
    links_not_taken: int = strawberry.field(
        description="Whose latest link arrived, as far as is known, and ran out unused."
    )

    @classmethod
    def of(cls, found: Unreached) -> VotersUnreached:
        causes = [UnreachedVoters(cause=each.cause, voters=each.voters) for each in found.causes]
        return cls(
            waiting=found.waiting,
            lost=found.lost,
            links=found.links,
            causes=causes,
            receipts_not_expected=found.receipts_not_expected,
            links_not_taken=found.links_not_taken,
        )


@shown_to(Access.DASHBOARD, DELIVERIES)
@strawberry.type(
    description="A route in a country, or a mail route in a mailbox domain, in which it has ever "
    "fallen."
)
class RouteStanding:
    channel: Channel = strawberry.field(description="What the route carries.")
    route: str = strawberry.field(description="The route's name in the settings.")
    country: str = strawberry.field(description="ISO 3166, two letters; empty for a mail route.")
    domain: str | None = strawberry.field(
        description="The mailbox domain of a mail route; null for a route of SMS."
    )
    health: RouteHealth = strawberry.field(description="How it stands now.")
    since: datetime = strawberry.field(description="Since when (UTC).")
    instead: str | None = strawberry.field(
        description="The route by which messages go there while this one has fallen: the first of "
        "the order that has not. Null while it delivers, where it was not the first choice, and "
        "where none is left."
    )

    @classmethod
    def of(cls, verdict: Verdict, instead: str | None) -> RouteStanding:
        return cls(
            channel=Channel.SMS,
            route=verdict.route,
            country=verdict.country,
            domain=None,
            health=verdict.health,
            since=verdict.since,
            instead=instead,
        )

    @classmethod
    def of_mail(cls, verdict: MailVerdict, instead: str | None) -> RouteStanding:
        return cls(
            channel=Channel.EMAIL,
            route=verdict.route,
            country="",
            domain=verdict.domain,
            health=verdict.health,
            since=verdict.since,
            instead=instead,
        )


async def delivery_rates(
    info: strawberry.Info,
    by: Annotated[DeliveryGrouping, strawberry.argument(description="What to tell apart.")],
    minutes: Annotated[
        int, strawberry.argument(description="How far to look back: 1 to 10080, a week.")
    ] = 60,
) -> list[DeliveryRate]:
    if not 1 <= minutes <= LONGEST:
        raise InvalidFields(FieldProblem("minutes", "OUT_OF_RANGE"))
    report = await _report(info, timedelta(minutes=minutes))
    return [DeliveryRate.of(each) for each in report.rates(Grouping(by))]


async def voters_unreached(info: strawberry.Info) -> VotersUnreached:
    return VotersUnreached.of((await _report(info, timedelta())).unreached)


async def routes(info: strawberry.Info) -> list[RouteStanding]:
    report = await _report(info, timedelta())
    return [
        *(RouteStanding.of(each, report.instead_of(each)) for each in report.verdicts),
        *(
            RouteStanding.of_mail(each, report.instead_of_mail(each))
            for each in report.mail_verdicts
        ),
    ]


async def _report(info: strawberry.Info, window: timedelta) -> DeliveryReport:
    """Asks once more who calls: a host that merges our types may run them without our fence."""
    call = await counted(info)
    if not DASHBOARDS.admits(call.caller):
        raise refusal_for(call.caller)
    return await call.gateway.report_deliveries(window, call.gateway.alert_patience)
