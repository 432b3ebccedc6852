"""A host's federated schema as others than its router have it."""

from __future__ import annotations

from typing import Any, TypeVar

from strawberry.federation.schema import Schema

from graphql_api.strawberry_inside import executable

from .schema import FOR_ROUTERS, MACHINERY

Federated = TypeVar("Federated", bound=Schema)


def without_router_fields(schema: Federated) -> Federated:
    """Takes `_service` and `_entities`, and their types, out of a schema, which is returned. Build
    one for the router and another for everyone else."""
    built: Any = executable(schema)
    for name in FOR_ROUTERS:
        built.query_type.fields.pop(name, None)
    for name in MACHINERY:
        built.type_map.pop(name, None)
    return schema
