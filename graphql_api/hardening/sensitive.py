"""Which mutations go one at a time: whoever tries identifiers or addresses pays a request each."""

from __future__ import annotations

from graphql import GraphQLNamedType, GraphQLSchema

HARMLESS = {"issueSecurityCode", "__typename"}
"""Issuing a security code stores nothing. Every other mutation is sensitive, also one that a host
adds to the schema."""


def is_sensitive(schema: GraphQLSchema, parent: GraphQLNamedType | None, name: str) -> bool:
    """Whether an operation may have one such field only."""
    return parent is not None and parent is schema.mutation_type and name not in HARMLESS
