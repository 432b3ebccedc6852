"""The schema of a Federation 2 subgraph.

One entity, the voting round, keyed by the authority's name for it: other subgraphs speak of rounds,
and a round is no secret. Nothing that belongs to a voter is an entity: a key is what a router hands
around, logs and caches (R39).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import strawberry
from graphql import IDLE, REMOVE, GraphQLError, Visitor, parse, print_ast, visit
from strawberry.federation.schema import FederationAny
from strawberry.federation.schema import Schema as StrawberrySubgraph
from strawberry.printer import print_schema
from strawberry.types.base import get_object_definition

from graphql_api.access.caller import Access
from graphql_api.access.rule import open_to, shown_to
from graphql_api.documents.hardening.limits import DocumentLimits
from graphql_api.schema import problems, types
from graphql_api.schema.call import call_of
from graphql_api.schema.executable import GatewaySchema
from graphql_api.schema.mutations import Mutation
from graphql_api.schema.queries import Query
from graphql_api.schema.scalars import config

from .replaced import as_declared, description_of

FEDERATION = "2.9"
"""The newest version that both composers and both routers of the tests take."""
FOR_ROUTERS = ("_service", "_entities")
MACHINERY = ("_Any", "_Entity", "_Service")
"""The types of these fields."""


@strawberry.federation.type(
    name="VotingRound", keys=["id"], description=description_of(types.VotingRound)
)
class VotingRoundEntity(types.VotingRound):
    @classmethod
    def resolve_reference(cls, info: strawberry.Info, id: Any) -> VotingRoundEntity | None:
        """The round of that id, which may be anything that a router sends; None when there is
        none."""
        gateway = call_of(info.context).gateway
        rounds = gateway.calendar.rounds
        found = next((each for each in rounds if each.id == id), None)
        return found and cls.of(found, gateway.clock.now())


@strawberry.type(name="Query", description=description_of(Query))
class FederatedQuery(Query):
    @strawberry.field(**as_declared(Query, "voting_round"))
    def voting_round(self, info: strawberry.Info) -> VotingRoundEntity | None:
        gateway = call_of(info.context).gateway
        now = gateway.clock.now()
        found = gateway.calendar.current_or_next(now)
        return found and VotingRoundEntity.of(found, now)


class SubgraphSchema(GatewaySchema, StrawberrySubgraph):
    """The gateway's schema with `_service` and `_entities`. For routers: see `router_door`."""

    def entities_resolver(
        self, info: strawberry.Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        """Stricter than Strawberry's, which builds any type of the schema that is asked for."""
        return [_entity(info, each) for each in representations]


def _entity(info: strawberry.Info, representation: Any) -> Any:
    """One entity, None when there is no such, an error when it is none of ours."""
    known = isinstance(representation, dict) and representation.get("__typename") == "VotingRound"
    if not known:
        return GraphQLError("This subgraph has no such entity.")
    return VotingRoundEntity.resolve_reference(info, representation.get("id"))


def build_subgraph_schema(
    documents: int = 512, limits: DocumentLimits | None = None
) -> SubgraphSchema:
    """A new schema; `documents` is how many different documents it remembers."""
    schema = SubgraphSchema(
        query=FederatedQuery,
        mutation=Mutation,
        types=[problems.Problem],
        config=config(),
        federation_version=FEDERATION,
    )
    _open_to_routers(schema)
    schema.remember(documents, limits or DocumentLimits())
    return schema


def _open_to_routers(schema: SubgraphSchema) -> None:
    """Strawberry makes these fields, so that their access is declared here (R40)."""
    fields = get_object_definition(schema.query, strict=True).fields
    for field in fields:
        if field.graphql_name in FOR_ROUTERS:
            field.metadata = MappingProxyType(open_to(Access.ROUTER, in_urls=True))
    service: Any = schema.get_type_by_name("_Service")
    shown_to(Access.ROUTER)(service.origin)


def subgraph_sdl() -> str:
    """What a composer takes: our types with every description, and Federation's directives."""
    return print_schema(build_subgraph_schema()) + "\n"


def bare_subgraph_sdl() -> str:
    """The same without `_service`, `_entities` and their types, as the specification has a
    subgraph's SDL: for libraries that add these themselves, and refuse what has them already."""
    bare = visit(parse(subgraph_sdl(), no_location=True), _WithoutMachinery())
    return print_ast(bare) + "\n"


class _WithoutMachinery(Visitor):
    """Drops the definitions that routers need, of fields and of types."""

    def enter(self, node: Any, *_: Any) -> Any:
        name: Any = getattr(node, "name", None)
        return REMOVE if getattr(name, "value", "") in (*FOR_ROUTERS, *MACHINERY) else IDLE
