"""A host with a Strawberry schema of its own, into which the gateway's fields are merged.

Run it: `uvicorn --factory tests.plugging.hosts.merged_plain:app`, with reassort's settings in the
environment.
"""

from __future__ import annotations

from typing import Any

import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp
from strawberry.asgi import GraphQL

from graphql_api import plugin
from graphql_api.compose import Application, compose
from graphql_api.settings import read_settings


@strawberry.type
class Query(plugin.Query):
    @strawberry.field
    def opening_hours(self, consulate: str) -> str | None:
        return {"Buenos Aires": "9 h - 12 h"}.get(consulate)

    @strawberry.field
    def sunday(self) -> str:
        raise GraphQLError("Closed on Sundays.", extensions={"code": "SUNDAY"})

    @strawberry.field
    def archive(self) -> str:
        raise RuntimeError("the archive's password is hunter2")


@strawberry.type
class Mutation(plugin.Mutation):
    @strawberry.mutation
    def leave_word(self, word: str) -> bool:
        return bool(word)


class Schema(plugin.Quiet, strawberry.Schema):
    """Logs no variables."""


def schema() -> Schema:
    return Schema(
        query=Query,
        mutation=Mutation,
        types=plugin.TYPES,
        config=plugin.config(),
        extensions=[plugin.protections()],
    )


class View(GraphQL[Any, Any]):
    def __init__(self, schema: Schema, merged: plugin.Merged) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self.merged = merged

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        return {"request": request, "response": response, **await self.merged.context(request)}


def build(application: Application) -> ASGIApp:
    built = schema()
    merged = plugin.Merged(application, built)
    routes = [Route("/graphql", View(built, merged))]
    return merged.surround(Starlette(routes=routes, lifespan=lambda _: merged.running()))


def app() -> ASGIApp:
    return build(compose(read_settings()))
