"""What can be proven of a round's passwords at a moment, for the bureau of the vote (R49)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from core.errors import FieldProblem, InvalidFields
from core.evidence import Evidence, Line, Tally
from graphql_api.access.caller import Access
from graphql_api.access.demands import refusal_for
from graphql_api.access.rule import BUREAUS, open_to, shown_to
from graphql_api.access.scopes import EVIDENCE

from .call import Gateway, counted
from .operators_enums import EvidenceAxis

PROVEN = open_to(Access.DASHBOARD, EVIDENCE, in_urls=True)
"""A round and a moment are no secrets."""
_SHOWN = shown_to(Access.DASHBOARD, EVIDENCE)


@_SHOWN
@strawberry.type(description="What became of the passwords of some voters, each counted once.")
class EvidenceTally:
    delivered: int = strawberry.field(description="A receipt says that the SMS arrived.")
    undelivered: int = strawberry.field(
        description="The SMS was given up. A late receipt can still turn it around."
    )
    waiting: int = strawberry.field(
        description="No end is known; also by a route that gives no receipts."
    )
    share: float | None = strawberry.field(
        description="Delivered of those who had confirmed, 0 to 1; null of nobody."
    )

    @classmethod
    def of(cls, tally: Tally) -> EvidenceTally:
        return cls(
            delivered=tally.delivered,
            undelivered=tally.undelivered,
            waiting=tally.waiting,
            share=tally.share,
        )


@_SHOWN
@strawberry.type(description="The voters of one group, or of all.")
class EvidenceLine:
    group: str | None = strawberry.field(
        description="As the register names it, or a country by ISO 3166; empty while it is not "
        "known. Null of all voters, and of groups that are told as one."
    )
    confirmed: int = strawberry.field(description="Voters who had confirmed by then.")
    recorded: EvidenceTally = strawberry.field(
        description="As it was recorded by then. It never changes."
    )
    happened_by: EvidenceTally = strawberry.field(
        description="As it is known today to have happened by then: later receipts are in it."
    )

    @classmethod
    def of(cls, line: Line) -> EvidenceLine:
        return cls(
            group=line.group,
            confirmed=line.recorded.confirmed,
            recorded=EvidenceTally.of(line.recorded),
            happened_by=EvidenceTally.of(line.happened),
        )


@_SHOWN
@strawberry.type(
    description="Which share of a round's passwords had arrived at a moment. `groups` and `folded` "
    "add up to `total`, figure by figure."
)
class DeliveryEvidence:
    round_id: strawberry.ID = strawberry.field(description="The voting round.")
    as_of: datetime = strawberry.field(description="The whole hour that is told of (UTC).")
    total: EvidenceLine | None = strawberry.field(
        description="Null when fewer than `REASSORT_SMALLEST_CELL` voters have confirmed."
    )
    groups: list[EvidenceLine] = strawberry.field(description="The worst share first.")
    folded: EvidenceLine | None = strawberry.field(
        description="Groups that are too small to be told apart, together."
    )
    suppressed: int = strawberry.field(description="How many groups are not told by themselves.")

    @classmethod
    def of(cls, found: Evidence) -> DeliveryEvidence:
        return cls(
            round_id=strawberry.ID(found.round_id),
            as_of=found.as_of,
            total=found.total and EvidenceLine.of(found.total),
            groups=[EvidenceLine.of(each) for each in found.groups],
            folded=found.folded and EvidenceLine.of(found.folded),
            suppressed=found.suppressed,
        )


async def delivery_evidence(
    info: strawberry.Info,
    round_id: Annotated[strawberry.ID, strawberry.argument(description="The voting round.")],
    as_of: Annotated[
        datetime | None,
        strawberry.argument(
            description="A moment with its zone; the whole hour at or before it is told of. "
            "Without one, the last hour of which everything is recorded."
        ),
    ] = None,
    by: Annotated[
        EvidenceAxis | None, strawberry.argument(description="What to tell apart.")
    ] = None,
) -> DeliveryEvidence:
    call = await counted(info)
    if not BUREAUS.admits(call.caller):
        raise refusal_for(call.caller)
    _check(call.gateway, round_id, as_of)
    (found,) = await call.gateway.give_evidence(round_id, as_of, by)
    return DeliveryEvidence.of(found)


def _check(gateway: Gateway, round_id: str, as_of: datetime | None) -> None:
    if round_id not in {each.id for each in gateway.calendar.rounds}:
        raise InvalidFields(FieldProblem("roundId", "UNKNOWN_ROUND"))
    if as_of is not None and as_of.tzinfo is None:
        raise InvalidFields(FieldProblem("asOf", "MALFORMED"))
    if as_of is not None and as_of > gateway.clock.now():
        raise InvalidFields(FieldProblem("asOf", "NOT_YET"))
