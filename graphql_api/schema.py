"""The executable schema: types, mutations, queries, and how it treats documents and errors."""

from __future__ import annotations

import strawberry
from graphql import print_schema
from strawberry.types.execution import ExecutionContext

from graphql_api import types
from graphql_api.document_cache import DocumentCache, Documents
from graphql_api.mutations import Mutation
from graphql_api.queries import Query
from graphql_api.scalars import config


class GatewaySchema(strawberry.Schema):
    """Strawberry's schema, which must not log errors by itself: their texts quote values."""

    def process_errors(
        self, errors: list, execution_context: ExecutionContext | None = None
    ) -> None:
        """Nothing: `presentation` logs what may be logged."""


def build_schema(documents: int = 512) -> GatewaySchema:
    """A new schema; `documents` is how many different documents it remembers."""
    remembered = Documents(documents)
    return GatewaySchema(
        query=Query,
        mutation=Mutation,
        types=[types.Problem],
        config=config(),
        extensions=[lambda: DocumentCache(remembered)],
    )


def sdl() -> str:
    """The schema as partners see it, with every description."""
    return print_schema(build_schema()._schema) + "\n"
