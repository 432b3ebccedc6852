"""The queries with those for the authority's own people, as a deployment itself answers them."""

from __future__ import annotations

import strawberry

from . import evidence, operations
from .queries import Query


@strawberry.type(name="Query", description="What the pages need to know.")
class OperatorsQuery(Query):
    recovery_request: operations.RecoveryRequestTimeline | None = strawberry.field(
        resolver=operations.recovery_request,
        description="What happened to one request; null when there is none of this id.",
        metadata=operations.LOOKED_AT,
    )
    recovery_requests: operations.RecoveryRequestConnection = strawberry.field(
        resolver=operations.recovery_requests,
        description="The requests, the one that was received last first.",
        metadata=operations.LOOKED_AT,
    )
    delivery_evidence: evidence.DeliveryEvidence = strawberry.field(
        resolver=evidence.delivery_evidence,
        description="Which share of a round's passwords had arrived at a moment.",
        metadata=evidence.PROVEN,
    )
