"""Queries and mutations with those for the authority's own people, as a deployment itself answers
them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graphql_api.access.caller import Access
from graphql_api.access.rule import open_to

from . import alert_answers, alert_list, evidence, operations, rounds, statistics
from . import first_sending as sending
from .call import call_of
from .mutations import Mutation
from .queries import Query


def _now(info: strawberry.Info) -> datetime:
    return call_of(info.context).gateway.clock.now()


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
    voting_rounds: list[rounds.RoundStanding] = strawberry.field(
        resolver=rounds.voting_rounds,
        description="Every round of the calendar, in its order.",
        metadata=operations.LOOKED_AT,
    )
    unreached_voters: rounds.UnreachedVoterConnection = strawberry.field(
        resolver=rounds.unreached_voters,
        description="The voters of a round whom nothing is known to have reached, those who have "
        "waited longest first. As many as `votersUnreached` counts of it at the same moment.",
        metadata=operations.LOOKED_AT,
    )
    recovery_statistics: statistics.RecoveryStatistics = strawberry.field(
        resolver=statistics.recovery_statistics,
        description="How far a round's requests have come, and how long each step took.",
        metadata=statistics.COUNTED,
    )
    delivery_evidence: evidence.DeliveryEvidence = strawberry.field(
        resolver=evidence.delivery_evidence,
        description="Which share of a round's passwords had arrived at a moment.",
        metadata=evidence.PROVEN,
    )
    first_sending: sending.FirstSending | None = strawberry.field(
        resolver=sending.first_sending,
        description="What became of the passwords that were sent to all voters before the round, "
        "as far as it was reported; null when nothing was.",
        metadata=evidence.PROVEN,
    )
    now: datetime = strawberry.field(
        resolver=_now,
        description="The moment at which this was answered, by the gateway's clock (UTC): the "
        "caller's own may be wrong.",
        metadata=open_to(Access.DASHBOARD, in_urls=True),
    )
    alerts: alert_list.AlertConnection = strawberry.field(
        resolver=alert_list.alerts,
        description="What operators are to look at, the one that was first seen last first.",
        metadata=alert_list.LISTED,
    )


@strawberry.type(name="Mutation", description="What a voter does, form by form.")
class OperatorsMutation(Mutation):
    acknowledge_alert: alert_answers.AnswerAlertResult = strawberry.mutation(
        resolver=alert_answers.acknowledge_alert,
        description="Say that somebody looks after an alert: nobody else is told for lack of an "
        "answer.",
        metadata=alert_answers.ACTED,
    )
    resolve_alert: alert_answers.AnswerAlertResult = strawberry.mutation(
        resolver=alert_answers.resolve_alert,
        description="Say that an alert is over. It is opened again if it holds still after a while "
        "(`REASSORT_ALERT_CALM`).",
        metadata=alert_answers.ACTED,
    )
