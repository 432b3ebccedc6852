"""What a host's schema is built from, besides its own: our fields, types and scalars."""

from __future__ import annotations

from typing import Any

from strawberry.schema.config import StrawberryConfig

from graphql_api.schema import problems
from graphql_api.schema.mutations import Mutation
from graphql_api.schema.queries import Query
from graphql_api.schema.scalars import SCALAR_MAP

__all__ = ["SCALAR_MAP", "TYPES", "Mutation", "Query", "config"]

TYPES = (problems.Problem,)
"""Types that no field leads to: pass them as the schema's `types`."""


def config(**given: Any) -> StrawberryConfig:
    """The settings of a schema that holds our types, with the host's own; its scalars join ours."""
    scalars = {**SCALAR_MAP, **given.pop("scalar_map", {})}
    return StrawberryConfig(**{"disable_field_suggestions": True, **given, "scalar_map": scalars})
