"""Which object types an interface or a union may turn out to be, for clients' caches.

Introspection is off in production, so that a client cannot ask. Without this a default Apollo
Client and urql's graphcache drop what stands in `... on Problem { … }`, without a word.
"""

from __future__ import annotations

import json

from graphql import GraphQLSchema, is_abstract_type

from graphql_api.strawberry_inside import executable

from .executable import build_schema


def possible_types(schema: GraphQLSchema) -> dict[str, list[str]]:
    """By the name of each interface and union the names of its types, both sorted: what Apollo
    Client's `InMemoryCache` takes as `possibleTypes`."""
    return {
        name: sorted(each.name for each in schema.get_possible_types(kind))
        for name, kind in sorted(schema.type_map.items())
        if is_abstract_type(kind)
    }


def possible_types_json() -> str:
    """Of the schema that partners see."""
    return json.dumps(possible_types(executable(build_schema())), indent=2) + "\n"
