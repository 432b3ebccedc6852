"""What operators are to look at, and what they have done about it (R53)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import strawberry

from core.alert import Alert as Record
from core.alert_words import help_page, sentence
from core.locale import Locale as Language
from core.request_listing import Place
from core.use_cases.answer_alerts import LONGEST_PAGE
from graphql_api.access.caller import Access
from graphql_api.access.rule import open_to, shown_to
from graphql_api.access.scopes import OPERATIONS

from .alert_enums import AlertAxis, AlertKind, AlertState
from .cursors import cursor_of, page_size, place_of
from .enums import Locale
from .operations import PageInfo, operators_call

LISTED = open_to(Access.DASHBOARD, OPERATIONS)
_SHOWN = shown_to(Access.DASHBOARD, OPERATIONS)


@_SHOWN
@strawberry.type(description="A number or a name that belongs to an alert.")
class AlertFigure:
    name: str = strawberry.field(description="Of what: `delivered`, `ended`, `since` ...")
    value: str = strawberry.field(description="As text; moments are UTC.")


@_SHOWN
@strawberry.type(
    description="Something that an operator is to look at: one for the deployment, however many "
    "processes find it. Nothing in it tells of a voter."
)
class Alert:
    id: strawberry.ID = strawberry.field(description="By which it is acknowledged or resolved.")
    kind: AlertKind = strawberry.field(description="What is wrong.")
    axis: AlertAxis = strawberry.field(description="What `value` is.")
    value: str = strawberry.field(description="Where; empty for the whole deployment.")
    figures: list[AlertFigure] = strawberry.field(description="As they were seen last.")
    state: AlertState = strawberry.field(description="Whether somebody has to look.")
    first_seen: datetime = strawberry.field(description="When it was opened first (UTC).")
    raised_at: datetime = strawberry.field(description="When it was opened last (UTC).")
    last_seen: datetime = strawberry.field(
        description="When it was last seen to hold (UTC), to half a minute."
    )
    times: int = strawberry.field(description="How often it was opened: it had been resolved.")
    acknowledged_at: datetime | None = strawberry.field(description="When somebody has (UTC).")
    acknowledged_by: str | None = strawberry.field(description="Who has.")
    resolved_at: datetime | None = strawberry.field(description="When it was over (UTC).")
    resolved_by: str | None = strawberry.field(
        description="Who said so; null while it is open, and when it was over by itself."
    )
    note: str = strawberry.field(description="What was noted last; may be empty.")
    help: str = strawberry.field(description="The page of the documentation that helps.")
    record: strawberry.Private[Record]

    @strawberry.field(description="What is wrong, and where, as people read it.")
    def text(
        self,
        locale: Annotated[
            Locale, strawberry.argument(description="The language of the sentence.")
        ] = Language.FR,
    ) -> str:
        return sentence(self.record.place, locale)

    @classmethod
    def of(cls, record: Record) -> Alert:
        place = record.place
        figures = [AlertFigure(name=name, value=str(f)) for name, f in record.figures.items()]
        return cls(
            id=strawberry.ID(record.id),
            kind=place.kind,
            axis=place.axis,
            value=place.value,
            figures=figures,
            state=record.state,
            first_seen=record.first_seen,
            raised_at=record.raised_at,
            last_seen=record.last_seen,
            times=record.times,
            acknowledged_at=record.acknowledged_at,
            acknowledged_by=record.acknowledged_by or None,
            resolved_at=record.resolved_at,
            resolved_by=record.resolved_by or None,
            note=record.note,
            help=help_page(place.kind),
            record=record,
        )


@_SHOWN
@strawberry.type(description="An alert in the list.")
class AlertEdge:
    cursor: str = strawberry.field(description="Its place in the list.")
    node: Alert = strawberry.field(description="The alert.")


@_SHOWN
@strawberry.type(description="A page of the list of alerts.")
class AlertConnection:
    edges: list[AlertEdge] = strawberry.field(description="The newest first.")
    page_info: PageInfo = strawberry.field(description="Where the page begins and ends.")


async def alerts(
    info: strawberry.Info,
    states: Annotated[
        list[AlertState] | None, strawberry.argument(description="In one of these.")
    ] = None,
    first: Annotated[int, strawberry.argument(description="So many: 1 to 100.")] = 50,
    after: Annotated[
        str | None, strawberry.argument(description="Those that follow this `endCursor`.")
    ] = None,
) -> AlertConnection:
    size, place = page_size(first, LONGEST_PAGE), place_of(after)
    call = await operators_call(info)
    page = await call.gateway.answer_alerts.newest(states or (), size, place)
    edges = [
        AlertEdge(cursor=cursor_of(Place(each.first_seen, each.id)), node=Alert.of(each))
        for each in page.alerts
    ]
    ends = PageInfo(
        has_next_page=page.has_more,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return AlertConnection(edges=edges, page_info=ends)
