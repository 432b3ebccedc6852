"""Another subgraph of the same graph: appointments at consulates, each for a voting round."""

from __future__ import annotations

import strawberry
from strawberry.asgi import GraphQL
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class VotingRound:
    """Known here by its id only; the rest is reassort's."""

    id: strawberry.ID


@strawberry.federation.type(keys=["id"])
class Appointment:
    id: strawberry.ID
    place: str
    voting_round: VotingRound | None


@strawberry.type
class Query:
    @strawberry.field
    def appointments(self, round_id: str = "demo") -> list[Appointment]:
        place, id = "Consulat général, Buenos Aires", strawberry.ID("1")
        return [
            Appointment(id=id, place=place, voting_round=VotingRound(id=strawberry.ID(round_id)))
        ]


def schema() -> strawberry.federation.Schema:
    return strawberry.federation.Schema(query=Query, federation_version="2.9")


def app() -> GraphQL:
    return GraphQL(schema(), graphql_ide=None)
