"""What became of the first sending of a round, as far as it was reported, for its bureau (R59)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from core.errors import FieldProblem, InvalidFields
from core.evidence import Evidence, Line
from graphql_api.access.caller import Access
from graphql_api.access.demands import refusal_for
from graphql_api.access.rule import BUREAUS, shown_to
from graphql_api.access.scopes import EVIDENCE

from .call import counted
from .operators_enums import EvidenceAxis

_SHOWN = shown_to(Access.DASHBOARD, EVIDENCE)


@_SHOWN
@strawberry.type(description="The voters of one group, or of all, who are in a provider's report.")
class FirstSendingLine:
    group: str | None = strawberry.field(
        description="As the register names it, or a country by ISO 3166; empty while it is not "
        "known. Null of all voters, and of groups that are told as one."
    )
    voters: int = strawberry.field(description="Who are in a report, each once.")
    delivered: int = strawberry.field(description="The latest receipt says that it arrived.")
    failed: int = strawberry.field(description="The latest receipt says that it did not.")
    unknown: int = strawberry.field(description="It left, and no end is known.")
    share: float | None = strawberry.field(
        description="Delivered of those who are in a report, 0 to 1; null of nobody."
    )

    @classmethod
    def of(cls, line: Line) -> FirstSendingLine:
        tally = line.recorded
        return cls(
            group=line.group,
            voters=tally.confirmed,
            delivered=tally.delivered,
            failed=tally.undelivered,
            unknown=tally.waiting,
            share=tally.share,
        )


@_SHOWN
@strawberry.type(
    description="What became of the passwords that were sent to all voters before the round, as "
    "far as it was reported. `groups` and `folded` add up to `total`, figure by figure."
)
class FirstSending:
    round_id: strawberry.ID = strawberry.field(description="The voting round.")
    imported_at: datetime = strawberry.field(
        description="When the last report had been taken in (UTC)."
    )
    total: FirstSendingLine | None = strawberry.field(
        description="Null when fewer than `REASSORT_SMALLEST_CELL` voters are in a report."
    )
    groups: list[FirstSendingLine] = strawberry.field(description="The worst share first.")
    folded: FirstSendingLine | None = strawberry.field(
        description="Groups that are too small to be told apart, together."
    )
    suppressed: int = strawberry.field(description="How many groups are not told by themselves.")

    @classmethod
    def of(cls, found: Evidence) -> FirstSending:
        return cls(
            round_id=strawberry.ID(found.round_id),
            imported_at=found.as_of,
            total=found.total and FirstSendingLine.of(found.total),
            groups=[FirstSendingLine.of(each) for each in found.groups],
            folded=found.folded and FirstSendingLine.of(found.folded),
            suppressed=found.suppressed,
        )


async def first_sending(
    info: strawberry.Info,
    round_id: Annotated[strawberry.ID, strawberry.argument(description="The voting round.")],
    by: Annotated[
        EvidenceAxis | None, strawberry.argument(description="What to tell apart.")
    ] = None,
) -> FirstSending | None:
    call = await counted(info)
    if not BUREAUS.admits(call.caller):
        raise refusal_for(call.caller)
    if call.gateway.calendar.named(round_id) is None:
        raise InvalidFields(FieldProblem("roundId", "UNKNOWN_ROUND"))
    found = await call.gateway.give_first_sending(round_id, by)
    return None if found is None else FirstSending.of(found[0])
