"""What a field costs, in units of reading one stored value.

Measured on one core: drawing a security code's picture or speaking it takes some milliseconds, a
mutation writes to the database or to a queue. What stands within a list is counted as if the list
had `LIST_FACTOR` entries.
"""

from __future__ import annotations

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    get_nullable_type,
    is_list_type,
)

LIST_FACTOR = 5
MUTATION = 20
WEIGHTS = {"SecurityCode.image": 10, "SecurityCode.audio": 10, "Query.securityCode": 5}
WEIGHTS |= {"Query.renewalLink": 5}
WEIGHTS |= dict.fromkeys(("Query.deliveryRates", "Query.votersUnreached", "Query.routes"), 20)


def weight(schema: GraphQLSchema, parent: GraphQLNamedType | None, name: str) -> int:
    """Of one use of the field; a field that does not exist weighs like a plain one."""
    if parent is None or name == "__typename":
        return 1
    if parent is schema.mutation_type:
        return MUTATION
    return WEIGHTS.get(f"{parent.name}.{name}", 1)


def factor(field: GraphQLField | None) -> int:
    """By how much what stands within the field is multiplied."""
    return LIST_FACTOR if field and is_list_type(get_nullable_type(field.type)) else 1
