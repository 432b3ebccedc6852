"""For hosts: the gateway's app below a path, or its types in a Strawberry schema (R39).

`mounting` is the first way, the other files are the second. For routers there is
`graphql_api.subgraph`.

`host`         A host whose Strawberry schema holds our fields
`parts`        what a host's schema is built from, besides its own: our fields, types and scalars
`protections`  what a host's schema needs where ours is merged into it
`quiet`        A host's schema that logs errors without the values that they quote
"""

from graphql_api.subgraph import FederatedQuery, RouterDoor, Routers, without_router_fields

from .host import HostRefused, Merged
from .mounting import Mounted, mount
from .parts import SCALAR_MAP, TYPES, Mutation, Query, config
from .protections import DocumentLimits, Protections, protections
from .quiet import Quiet

__all__ = [
    "SCALAR_MAP",
    "TYPES",
    "DocumentLimits",
    "FederatedQuery",
    "HostRefused",
    "Merged",
    "Mounted",
    "Mutation",
    "Protections",
    "Query",
    "Quiet",
    "RouterDoor",
    "Routers",
    "config",
    "mount",
    "protections",
    "without_router_fields",
]
