"""The queries: of the voter's pages, and of dashboards. Reading changes nothing (R15)."""

from __future__ import annotations

from typing import Annotated

import strawberry

from core.errors import LinkProblem
from core.link_code import token_of
from graphql_api.access.caller import EVERYONE, FRONT_ENDS
from graphql_api.access.rule import open_to
from graphql_api.access.scopes import RENEWALS

from . import dashboard, types
from .call import call_of, counted
from .enums import Locale


@strawberry.type(description="What the pages need to know.")
class Query:
    @strawberry.field(
        description="Whether a link can still be used by this caller, from whose network enough "
        "wrong identifiers may have come, so that the page can say so at once. Any number of "
        "look-ups consumes nothing.",
        metadata=open_to(FRONT_ENDS, RENEWALS),
    )
    async def renewal_link(
        self,
        info: strawberry.Info,
        token: Annotated[
            str,
            strawberry.argument(
                description="What the link carries after `token=`, or the code that its e-mail "
                "prints."
            ),
        ],
    ) -> types.RenewalLink:
        call = await counted(info)
        status = await call.gateway.inspect_link(token_of(token), call.network)
        if status.problem is LinkProblem.UNKNOWN:
            call.refused(status.problem.value)
        return types.RenewalLink(
            usable=status.code is None,
            code=status.code,
            expires_at=status.expires_at,
        )

    @strawberry.field(
        description="A security code that was issued, once more: to listen to the one whose "
        "picture is on the screen. Its picture and sound are the same each time. Null when it is "
        "unknown or has run out.",
        metadata=open_to(FRONT_ENDS),
    )
    async def security_code(
        self,
        info: strawberry.Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The code's `id`.")],
        locale: Annotated[
            Locale, strawberry.argument(description="The language in which it is spoken.")
        ] = Locale.FR,
    ) -> types.SecurityCode | None:
        code = await (await counted(info)).gateway.security_codes.find(id)
        return types.SecurityCode.of(code, locale) if code else None

    @strawberry.field(
        description="How to reach the assistance cell besides the form.",
        metadata=open_to(EVERYONE),
    )
    def assistance(self, info: strawberry.Info) -> types.Assistance:
        cell = call_of(info.context).gateway.assistance
        return types.Assistance(email=cell.email, phone=cell.phone or None, words=cell.hours)

    @strawberry.field(
        description="The round that is open, of several the one that closes first; else the next "
        "one, else null.",
        metadata=open_to(EVERYONE),
    )
    def voting_round(self, info: strawberry.Info) -> types.VotingRound | None:
        gateway = call_of(info.context).gateway
        now = gateway.clock.now()
        found = gateway.calendar.current_or_next(now)
        return found and types.VotingRound.of(found, now)

    delivery_rates: list[dashboard.DeliveryRate] = strawberry.field(
        resolver=dashboard.delivery_rates,
        description="How messages fare, the worst first.",
        metadata=dashboard.WATCHED,
    )
    voters_unreached: dashboard.VotersUnreached = strawberry.field(
        resolver=dashboard.voters_unreached,
        description="How many voters are unreached now.",
        metadata=dashboard.WATCHED,
    )
    routes: list[dashboard.RouteStanding] = strawberry.field(
        resolver=dashboard.routes,
        description="The SMS routes that have ever fallen in a country, and how they stand.",
        metadata=dashboard.WATCHED,
    )
