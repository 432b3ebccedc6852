"""How messages fare, counted in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from adapters.store.memory_table import Table
from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState, delivery_id
from core.delivery_figures import Count, Unreached
from core.messages import Channel, MessageKind
from core.recovery_request import RecoveryRequest, State

_UNSETTLED = (State.CONFIRMED, State.PASSWORD_SENT, State.UNDELIVERED)


class MemoryFigures:
    """The port `DeliveryFigures`."""

    def __init__(
        self,
        requests: Table[RecoveryRequest],
        deliveries: Table[Delivery],
        attempts: Table[Attempt],
    ) -> None:
        self._requests = requests
        self._deliveries = deliveries
        self._attempts = attempts

    async def counts(self, since: datetime) -> Sequence[Count]:
        messages: Counter[tuple[Channel, str, str, str, str]] = Counter()
        cost: Counter[tuple[Channel, str, str, str, str]] = Counter()
        for each in self._attempts.rows():
            if each.begun_at >= since:
                group = (
                    Channel.SMS,
                    each.country,
                    each.route,
                    each.operator or "",
                    each.state.value,
                )
                messages[group] += 1
                cost[group] += each.cost
        for each in self._deliveries.rows():
            if each.queued_at >= since and each.kind.channel is Channel.EMAIL:
                place = each.destination or ""
                messages[Channel.EMAIL, place, each.route or "", "", each.state.value] += 1
        return [Count(*group, count, cost[group]) for group, count in messages.items()]

    async def unreached(self, before: datetime, since: datetime) -> Unreached:
        open_ones = [
            each
            for each in self._requests.rows()
            if each.state in _UNSETTLED
            and each.password_was_in_force
            and each.confirmed_at is not None
            and each.confirmed_at >= since
            and (each.confirmed_at < before or each.state is State.UNDELIVERED)
            and not self._is_overtaken(each)
            and not self._is_taken_to_have_arrived(each)
        ]
        lost = sum(each.state is State.UNDELIVERED for each in open_ones)
        return Unreached(len(open_ones) - lost, lost)

    def _is_overtaken(self, request: RecoveryRequest) -> bool:
        return any(
            each.voter == request.voter
            and each.confirmed_at is not None
            and request.confirmed_at is not None
            and each.confirmed_at > request.confirmed_at
            for each in self._requests.rows()
        )

    def _is_taken_to_have_arrived(self, request: RecoveryRequest) -> bool:
        """Its route gives no receipts."""
        sms = delivery_id(request.id, MessageKind.PASSWORD)
        return request.state is State.PASSWORD_SENT and any(
            each.delivery == sms
            and each.state is DeliveryState.ACCEPTED
            and each.receipt_due_at is None
            for each in self._attempts.rows()
        )
