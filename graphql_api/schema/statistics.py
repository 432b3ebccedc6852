"""How a round's requests went, for operators' dashboards (R32, R49)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from core.errors import FieldProblem, InvalidFields
from core.passages import Axis, Step, Stretch
from core.statistics import MOST_AXES, Cell, Statistics, Times, Window, hour_after, hour_of
from graphql_api.access.caller import Access
from graphql_api.access.demands import refusal_for
from graphql_api.access.rule import OPERATORS, open_to, shown_to
from graphql_api.access.scopes import OPERATIONS

from .call import Gateway, counted
from .cursors import checked
from .operators_enums import StatisticsAxis

COUNTED = open_to(Access.DASHBOARD, OPERATIONS, in_urls=True)
"""A round, moments and choices are no secrets."""
_SHOWN = shown_to(Access.DASHBOARD, OPERATIONS)


@_SHOWN
@strawberry.type(description="How many requests have reached each step.")
class RecoveryFunnel:
    received: int = strawberry.field(description="All of them.")
    dismissed: int = strawberry.field(description="Got no link.")
    link_sent: int = strawberry.field(description="Got a link, whether or not it was used.")
    confirmed: int = strawberry.field(description="The voter has used the link.")
    password_sent: int = strawberry.field(description="A route has had the SMS.")
    delivered: int = strawberry.field(description="The SMS has arrived.")
    undelivered: int = strawberry.field(
        description="The SMS was given up. A late receipt can still turn it around."
    )


@_SHOWN
@strawberry.type(
    description="How long a stretch took, in seconds, to within 4.9 %; null where fewer than "
    "`REASSORT_SMALLEST_CELL` requests have gone it."
)
class StretchTimes:
    measured: int = strawberry.field(description="So many requests have gone it.")
    median: float | None = strawberry.field(description="Half of them were faster.")
    p90: float | None = strawberry.field(description="Nine of ten were.")
    p99: float | None = strawberry.field(description="99 of a hundred were.")

    @classmethod
    def of(cls, times: Times) -> StretchTimes:
        return cls(measured=times.measured, median=times.median, p90=times.p90, p99=times.p99)


@_SHOWN
@strawberry.type(description="How long it took from one step to the next.")
class RecoveryTimes:
    link_mailed: StretchTimes = strawberry.field(
        description="From the form to the relay that took the link's e-mail first."
    )
    link_used: StretchTimes = strawberry.field(description="From there to the confirmation.")
    sms_taken: StretchTimes = strawberry.field(
        description="From there to the route that took the SMS first."
    )
    sms_arrived: StretchTimes = strawberry.field(
        description="From there to the phone, as the receipt says."
    )
    whole: StretchTimes = strawberry.field(description="From the form to the phone.")


@_SHOWN
@strawberry.type(description="The requests of one cell, or all.")
class StatisticsCell:
    groups: list[str] | None = strawberry.field(
        description="One for each axis of `by`, in that order; empty where there is none, or it is "
        "not known. Null of all requests, and of cells that are told as one."
    )
    reached: RecoveryFunnel = strawberry.field(
        description="A request counts in each step that it reached."
    )
    times: RecoveryTimes = strawberry.field(description="How long that took.")

    @classmethod
    def of(cls, cell: Cell) -> StatisticsCell:
        reached = RecoveryFunnel(**{each.value: cell.steps[each] for each in Step})
        times = RecoveryTimes(**{each.value: StretchTimes.of(cell.times[each]) for each in Stretch})
        groups = None if cell.groups is None else list(cell.groups)
        return cls(groups=groups, reached=reached, times=times)


@_SHOWN
@strawberry.type(
    name="RecoveryStatistics",
    description="How far a round's requests have come. `cells` and `folded` add up to `total`, "
    "step by step.",
)
class RecoveryStatistics:
    round_id: strawberry.ID = strawberry.field(description="The voting round.")
    since: datetime = strawberry.field(
        name="from", description="Received then or later: a whole hour (UTC)."
    )
    until: datetime = strawberry.field(
        name="to", description="Received before then: a whole hour (UTC)."
    )
    as_of: datetime = strawberry.field(description="When they were counted (UTC).")
    total: StatisticsCell | None = strawberry.field(
        description="Null when there are fewer requests than `REASSORT_SMALLEST_CELL`."
    )
    cells: list[StatisticsCell] = strawberry.field(
        description="The largest first, 500 at most; by the hour where that is an axis."
    )
    folded: StatisticsCell | None = strawberry.field(
        description="Cells that are too small to be told apart, or too many, together."
    )
    suppressed: int = strawberry.field(description="How many cells are not told by themselves.")

    @classmethod
    def of(cls, found: Statistics) -> RecoveryStatistics:
        return cls(
            round_id=strawberry.ID(found.window.round_id),
            since=found.window.since,
            until=found.window.until,
            as_of=found.as_of,
            total=found.total and StatisticsCell.of(found.total),
            cells=[StatisticsCell.of(each) for each in found.cells],
            folded=found.folded and StatisticsCell.of(found.folded),
            suppressed=found.suppressed,
        )


async def recovery_statistics(
    info: strawberry.Info,
    round_id: Annotated[strawberry.ID, strawberry.argument(description="The voting round.")],
    since: Annotated[
        datetime | None,
        strawberry.argument(
            name="from",
            description="Received then or later: a moment with its zone. The hour that holds it is "
            "counted whole. Without one, from the round's opening on.",
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        strawberry.argument(
            name="to",
            description="Received before then, likewise. Without one, up to the round's closing.",
        ),
    ] = None,
    by: Annotated[
        list[StatisticsAxis] | None,
        strawberry.argument(description="What to tell apart: two at most, none twice."),
    ] = None,
) -> RecoveryStatistics:
    call = await counted(info)
    if not OPERATORS.admits(call.caller):
        raise refusal_for(call.caller)
    begin, end = _hours(call.gateway, round_id, since, until)
    window = Window(round_id, begin, end, _axes(by or ()))
    return RecoveryStatistics.of(await call.gateway.give_statistics(window))


def _hours(
    gateway: Gateway, round_id: str, since: datetime | None, until: datetime | None
) -> tuple[datetime, datetime]:
    """The whole hours that hold all that is asked for. Raises `InvalidFields`."""
    voting_round = gateway.calendar.named(round_id)
    if voting_round is None:
        raise InvalidFields(FieldProblem("roundId", "UNKNOWN_ROUND"))
    begin = voting_round.opens_at if since is None else checked("from", since)
    end = voting_round.closes_at if until is None else checked("to", until)
    if begin >= end:
        raise InvalidFields(FieldProblem("to", "NOT_LATER"))
    return _whole("from", begin, hour_of), _whole("to", end, hour_after)


def _whole(name: str, at: datetime, hour: Callable[[datetime], datetime]) -> datetime:
    try:
        return hour(at)
    except OverflowError:
        raise InvalidFields(FieldProblem(name, "MALFORMED")) from None


def _axes(by: Sequence[Axis]) -> tuple[Axis, ...]:
    """Raises `InvalidFields`."""
    if len(by) > MOST_AXES:
        raise InvalidFields(FieldProblem("by", "TOO_MANY"))
    if len(set(by)) < len(by):
        raise InvalidFields(FieldProblem("by", "NAMED_TWICE"))
    return tuple(by)
