"""The gateway as a Federation 2 subgraph (R39): its schema, and the door that only routers pass.

`replaced`               what was declared of a type or a field
`router_door`            who is the router, and what only the router is shown
`schema`                 the schema of a Federation 2 subgraph
`without_router_fields`  A host's federated schema as others than its router have it
"""

from .router_door import RouterDoor, Routers, behind_a_router, routers_of
from .schema import (
    FederatedQuery,
    SubgraphSchema,
    bare_subgraph_sdl,
    build_subgraph_schema,
    subgraph_sdl,
)
from .without_router_fields import without_router_fields

__all__ = [
    "FederatedQuery",
    "RouterDoor",
    "Routers",
    "SubgraphSchema",
    "bare_subgraph_sdl",
    "behind_a_router",
    "build_subgraph_schema",
    "routers_of",
    "subgraph_sdl",
    "without_router_fields",
]
