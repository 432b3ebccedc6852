"""Being a subgraph of a federated graph."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from .section import Section


class SubgraphSettings(Section):
    """Federation"""

    subgraph: bool = Field(
        default=False,
        description="Be a Federation 2 subgraph: `_service` and `_entities` exist at `/graphql` "
        "for the router, which shows one of REASSORT_ROUTER_SECRETS. The option `--subgraph` of "
        "`reassort serve` goes before this.",
    )
    router_open: bool = Field(
        default=False,
        description="Take everyone for the router: where nobody else can reach this process. "
        "Otherwise a subgraph wants REASSORT_ROUTER_SECRETS.",
    )

    def needed(self) -> Iterable[str]:
        if self.subgraph and not self.router_open:
            yield "router_secrets"
