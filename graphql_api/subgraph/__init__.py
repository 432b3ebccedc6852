"""The gateway as a Federation 2 subgraph (R39): its schema, and the door that only routers pass."""

from .router_door import RouterDoor, Routers, behind_a_router
from .schema import FederatedQuery, SubgraphSchema, build_subgraph_schema, subgraph_sdl
from .without_router_fields import without_router_fields

__all__ = [
    "FederatedQuery",
    "RouterDoor",
    "Routers",
    "SubgraphSchema",
    "behind_a_router",
    "build_subgraph_schema",
    "subgraph_sdl",
    "without_router_fields",
]
