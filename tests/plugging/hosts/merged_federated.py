"""A host that is itself a subgraph, into whose schema the gateway's fields are merged. Its router
has one schema, everyone else another; its context is an object.

Run it: `uvicorn --factory tests.plugging.hosts.merged_federated:app`, with reassort's settings in
the environment, REASSORT_ROUTER_SECRETS among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.tools import merge_types

from graphql_api import plugin
from graphql_api.compose import Application, compose
from graphql_api.schema.call import Call
from graphql_api.settings import read_settings


@strawberry.federation.type(keys=["id"])
class Consulate:
    id: strawberry.ID
    place: str

    @classmethod
    def resolve_reference(cls, id: strawberry.ID) -> Consulate:
        return cls(id=id, place="Buenos Aires")


@strawberry.type
class ConsulateQuery:
    @strawberry.field
    def consulate(self, id: strawberry.ID) -> Consulate:
        return Consulate.resolve_reference(id)


class Schema(plugin.Quiet, strawberry.federation.Schema):
    """Logs no variables."""


def schema() -> Schema:
    return Schema(
        query=merge_types("Query", (ConsulateQuery, plugin.FederatedQuery)),
        mutation=plugin.Mutation,
        types=plugin.TYPES,
        config=plugin.config(),
        extensions=[plugin.protections()],
        federation_version="2.9",
    )


@dataclass
class Context:
    """The host's own, with what our fields need."""

    user: str
    reassort: Call
    reassort_correlation_id: str


class View(GraphQL[Any, Any]):
    def __init__(self, schema: Schema, merged: plugin.Merged) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self.merged = merged

    async def get_context(self, request: Any, response: Any) -> Context:
        return Context(user="nobody", **await self.merged.context(request))


def build(application: Application) -> Starlette:
    for_router, for_others = schema(), plugin.without_router_fields(schema())
    merged = plugin.Merged(application, for_router, for_others)
    door = plugin.RouterDoor(
        plugin.Routers(application.settings.routers),
        for_routers=View(for_router, merged),
        for_others=View(for_others, merged),
    )
    return Starlette(routes=[Route("/graphql", door)], lifespan=lambda _: merged.running())


def app() -> Starlette:
    return build(compose(read_settings()))
