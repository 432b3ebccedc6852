"""Voting rounds as operators see them, and the voters of one whom nothing reaches (R45, R48)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from core.errors import FieldProblem, InvalidFields
from core.unreached_voters import UnreachedVoter as Found
from core.use_cases.list_rounds import RoundStanding as Standing
from core.use_cases.look_at_unreached import LONGEST_PAGE
from core.voting_round import PARIS
from graphql_api.access.caller import Access
from graphql_api.access.rule import shown_to
from graphql_api.access.scopes import OPERATIONS

from .cursors import cursor_of, page_size, place_of
from .enums import UnreachedCause
from .operations import PageInfo, operators_call
from .operators_enums import RoundState

_SHOWN = shown_to(Access.DASHBOARD, OPERATIONS)


@_SHOWN
@strawberry.type(description="For whom a round is held, as the calendar is configured.")
class RoundElectorate:
    constituencies: list[str] = strawberry.field(description="Empty: of all constituencies.")
    posts: list[str] = strawberry.field(description="Consular posts; empty: of all posts.")


@_SHOWN
@strawberry.type(description="A voting round of the calendar.")
class RoundStanding:
    id: strawberry.ID = strawberry.field(description="The authority's name for the round.")
    opens_at: datetime = strawberry.field(description="Renewal opens (Europe/Paris).")
    closes_at: datetime = strawberry.field(description="Renewal closes (Europe/Paris).")
    electorate: RoundElectorate = strawberry.field(description="For whom it is held.")
    state: RoundState = strawberry.field(description="How it stands now.")

    @classmethod
    def of(cls, found: Standing) -> RoundStanding:
        voting_round = found.voting_round
        written = voting_round.electorate.written
        return cls(
            id=strawberry.ID(voting_round.id),
            opens_at=voting_round.opens_at.astimezone(PARIS),
            closes_at=voting_round.closes_at.astimezone(PARIS),
            electorate=RoundElectorate(
                constituencies=list(written["constituencies"]), posts=list(written["posts"])
            ),
            state=found.state,
        )


@_SHOWN
@strawberry.type(
    description="A voter of a round whom nothing is known to have reached, by the latest renewal "
    "or link. `votersUnreached` counts the same voters."
)
class UnreachedVoter:
    voter: str | None = strawberry.field(
        description="By what the voter is known in the round, and nowhere else; null while nobody "
        "has decided whose the request is."
    )
    cause: UnreachedCause = strawberry.field(description="What stands in the way, or stood last.")
    since: datetime = strawberry.field(
        description="When the voter confirmed; of a link, when it was asked for (UTC)."
    )
    constituency: str | None = strawberry.field(
        description="Where the voter is registered, as far as the register says."
    )
    post: str | None = strawberry.field(description="The consular post, likewise.")
    country: str | None = strawberry.field(
        description="Of the voter's telephone number: ISO 3166, two letters."
    )
    request: strawberry.ID = strawberry.field(
        description="The id of that renewal or link: `recoveryRequest` tells what happened to it."
    )

    @classmethod
    def of(cls, found: Found) -> UnreachedVoter:
        return cls(
            voter=found.round_voter,
            cause=found.cause,
            since=found.since,
            constituency=found.constituency,
            post=found.post,
            country=found.country,
            request=strawberry.ID(found.request_id),
        )


@_SHOWN
@strawberry.type(description="A voter in the list.")
class UnreachedVoterEdge:
    cursor: str = strawberry.field(description="The place in the list.")
    node: UnreachedVoter = strawberry.field(description="The voter.")


@_SHOWN
@strawberry.type(description="A page of the list of voters whom nothing reaches.")
class UnreachedVoterConnection:
    edges: list[UnreachedVoterEdge] = strawberry.field(
        description="Those who have waited longest first."
    )
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")


async def voting_rounds(info: strawberry.Info) -> list[RoundStanding]:
    call = await operators_call(info)
    return [RoundStanding.of(each) for each in await call.gateway.list_rounds()]


async def unreached_voters(
    info: strawberry.Info,
    round_id: Annotated[strawberry.ID, strawberry.argument(description="The voting round.")],
    cause: Annotated[
        UnreachedCause | None, strawberry.argument(description="For this cause only.")
    ] = None,
    first: Annotated[int, strawberry.argument(description="So many: 1 to 100.")] = 50,
    after: Annotated[
        str | None, strawberry.argument(description="Those that follow this `endCursor`.")
    ] = None,
) -> UnreachedVoterConnection:
    size, place = page_size(first, LONGEST_PAGE), place_of(after)
    call = await operators_call(info)
    gateway = call.gateway
    if gateway.calendar.named(round_id) is None:
        raise InvalidFields(FieldProblem("roundId", "UNKNOWN_ROUND"))
    page = await gateway.look_at_unreached(round_id, gateway.alert_patience, cause, size, place)
    edges = [
        UnreachedVoterEdge(cursor=cursor_of(each.place), node=UnreachedVoter.of(each))
        for each in page.voters
    ]
    ends = PageInfo.of([each.cursor for each in edges], page.has_more, after)
    return UnreachedVoterConnection(edges=edges, page_info=ends)
