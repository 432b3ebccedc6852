"""What operators look through: requests, and what happened to each (R45).

Nothing here names a voter, or could be used in a voter's stead. The fields are for the authority's
own people: partners' schemas, graphs and hosts that merge ours do not have them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from core.locale import Locale as Language
from core.request_listing import Listed, Wanted
from core.timeline import Entry
from core.timeline_words import sentence
from core.use_cases.look_at_requests import LONGEST_PAGE, Looked
from core.voting_round import PARIS
from graphql_api.access.caller import Access
from graphql_api.access.demands import refusal_for
from graphql_api.access.rule import OPERATORS, open_to, shown_to
from graphql_api.access.scopes import OPERATIONS

from .call import Call, counted
from .cursors import checked, cursor_of, page_size, place_of
from .enums import Locale, UnreachedCause
from .operators_enums import MessageKind, RequestReason, RequestState, TimelineStep

LOOKED_AT = open_to(Access.DASHBOARD, OPERATIONS)
"""Ids, cursors and filters stay out of URLs: they are asked for by POST."""
_SHOWN = shown_to(Access.DASHBOARD, OPERATIONS)


@_SHOWN
@strawberry.type(description="A voter's request for a new password, as operators see it.")
class RecoveryRequest:
    id: strawberry.ID = strawberry.field(description="As it stands in the log.")
    received_at: datetime = strawberry.field(description="When the form was sent (UTC).")
    state: RequestState = strawberry.field(description="Where it stands now.")
    reason: RequestReason | None = strawberry.field(
        description="Why it was dismissed, or its link revoked; null as well for a link that too "
        "many wrong identifiers have ended."
    )
    cause: UnreachedCause | None = strawberry.field(
        description="What stands, or stood last, between the voter and the password; null once it "
        "has arrived, and while nothing was noted."
    )
    partner: str | None = strawberry.field(description="Whose front end the voter used.")
    voting_round: strawberry.ID | None = strawberry.field(
        description="The id of the voter's round, once it is known."
    )
    voter: str | None = strawberry.field(
        description="By what the voter is known in that round, and nowhere else."
    )
    constituency: str | None = strawberry.field(
        description="Where the voter is registered, as far as the register says."
    )
    country: str | None = strawberry.field(
        description="Of the voter's telephone number: ISO 3166, two letters."
    )
    confirmed_at: datetime | None = strawberry.field(
        description="When the voter used the link (UTC)."
    )
    changed_at: datetime | None = strawberry.field(
        description="When its state changed last (UTC); null until it is decided on."
    )

    @classmethod
    def of(cls, listed: Listed) -> RecoveryRequest:
        round_id, reason = listed.round_id, listed.reason
        return cls(
            id=strawberry.ID(listed.id),
            received_at=listed.received_at,
            state=listed.state,
            reason=RequestReason(reason) if reason else None,
            cause=listed.cause,
            partner=listed.partner,
            voting_round=strawberry.ID(round_id) if round_id else None,
            voter=listed.round_voter,
            constituency=listed.constituency,
            country=listed.country,
            confirmed_at=listed.confirmed_at,
            changed_at=listed.changed_at,
        )


@_SHOWN
@strawberry.type(description="One thing that happened to a request or its messages.")
class TimelineEntry:
    at: datetime = strawberry.field(description="When it happened (UTC).")
    at_in_paris: datetime = strawberry.field(description="The same by the clock of Paris.")
    recorded_at: datetime = strawberry.field(
        description="When it was written down (UTC): later where an operator's receipt came late."
    )
    step: TimelineStep = strawberry.field(description="What happened, for programs.")
    message: MessageKind | None = strawberry.field(description="To which message, if to any.")
    attempt: int | None = strawberry.field(
        description="Which attempt at sending it, from 1; null for the message as a whole."
    )
    route: str | None = strawberry.field(description="The route's name in the settings.")
    country: str | None = strawberry.field(description="Where the SMS went.")
    operator: str | None = strawberry.field(description="The network, as the receipt names it.")
    reason: str | None = strawberry.field(
        description="What the relay or provider said; the code of a decision."
    )
    entry: strawberry.Private[Entry]

    @strawberry.field(description="The line as people read it.")
    def text(
        self,
        locale: Annotated[
            Locale, strawberry.argument(description="The language of the line.")
        ] = Language.FR,
    ) -> str:
        return sentence(self.entry, locale)

    @classmethod
    def of(cls, entry: Entry) -> TimelineEntry:
        return cls(
            at=entry.at,
            at_in_paris=entry.at.astimezone(PARIS),
            recorded_at=entry.recorded_at,
            step=entry.step,
            message=entry.message,
            attempt=entry.number,
            route=entry.route,
            country=entry.country,
            operator=entry.operator,
            reason=entry.reason,
            entry=entry,
        )


@_SHOWN
@strawberry.type(description="What happened to a request, from the form to the SMS.")
class RecoveryRequestTimeline:
    request: RecoveryRequest = strawberry.field(description="As it stands now.")
    entries: list[TimelineEntry] = strawberry.field(
        description="From the first to the last, by the time at which each happened."
    )

    @classmethod
    def of(cls, looked: Looked) -> RecoveryRequestTimeline:
        entries = [TimelineEntry.of(each) for each in looked.entries]
        return cls(request=RecoveryRequest.of(looked.listed), entries=entries)


@_SHOWN
@strawberry.type(description="Where a page of the list begins and ends, as Relay has it.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow.")
    has_previous_page: bool = strawberry.field(
        description="Whether the page was asked for `after` another."
    )
    start_cursor: str | None = strawberry.field(description="Of the first; null without any.")
    end_cursor: str | None = strawberry.field(description="Of the last: give it as `after`.")

    @classmethod
    def of(cls, cursors: Sequence[str], has_more: bool, after: str | None) -> PageInfo:
        """Of a page with these places, which was asked for `after` another, or not."""
        return cls(
            has_next_page=has_more,
            has_previous_page=after is not None,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )


@_SHOWN
@strawberry.type(description="A request in the list.")
class RecoveryRequestEdge:
    cursor: str = strawberry.field(description="Its place in the list.")
    node: RecoveryRequest = strawberry.field(description="The request.")


@_SHOWN
@strawberry.type(description="A page of the list of requests.")
class RecoveryRequestConnection:
    edges: list[RecoveryRequestEdge] = strawberry.field(description="The newest first.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")


async def recovery_request(
    info: strawberry.Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="As it stands in the log.")],
) -> RecoveryRequestTimeline | None:
    call = await operators_call(info)
    looked = await call.gateway.look_at_requests.one(checked("id", id))
    return looked and RecoveryRequestTimeline.of(looked)


async def recovery_requests(
    info: strawberry.Info,
    states: Annotated[
        list[RequestState] | None, strawberry.argument(description="In one of these.")
    ] = None,
    reason: Annotated[
        RequestReason | None, strawberry.argument(description="For this reason.")
    ] = None,
    country: Annotated[
        str | None, strawberry.argument(description="Of the voter's number: ISO 3166.")
    ] = None,
    constituency: Annotated[
        str | None, strawberry.argument(description="As the register names it.")
    ] = None,
    partner: Annotated[
        str | None, strawberry.argument(description="By the front end of this partner.")
    ] = None,
    since: Annotated[
        datetime | None, strawberry.argument(description="Received then or later.")
    ] = None,
    until: Annotated[
        datetime | None, strawberry.argument(description="Received before then.")
    ] = None,
    first: Annotated[int, strawberry.argument(description="So many: 1 to 100.")] = 50,
    after: Annotated[
        str | None, strawberry.argument(description="Those that follow this `endCursor`.")
    ] = None,
) -> RecoveryRequestConnection:
    wanted = Wanted(
        states=tuple(states or ()),
        reason=reason.code if reason else None,
        country=country and checked("country", country).upper(),
        constituency=constituency and checked("constituency", constituency),
        partner=partner and checked("partner", partner),
        since=since and checked("since", since),
        until=until and checked("until", until),
    )
    size, place = page_size(first, LONGEST_PAGE), place_of(after)
    call = await operators_call(info)
    page = await call.gateway.look_at_requests.newest(wanted, size, place)
    edges = [
        RecoveryRequestEdge(cursor=cursor_of(each.place), node=RecoveryRequest.of(each))
        for each in page.requests
    ]
    ends = PageInfo.of([each.cursor for each in edges], page.has_more, after)
    return RecoveryRequestConnection(edges=edges, page_info=ends)


async def operators_call(info: strawberry.Info) -> Call:
    """Asks once more who calls: a host may run these fields without our fence."""
    call = await counted(info)
    if not OPERATORS.admits(call.caller):
        raise refusal_for(call.caller)
    return call
