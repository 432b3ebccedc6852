"""The end of a link whose e-mail failed: part of the step that learns of it."""

from __future__ import annotations

from datetime import datetime

from core.delivery import Delivery, DeliveryState
from core.events import LinkRevoked
from core.messages import MessageKind
from core.ports.unit_of_work import EmailUnit
from core.reasons import Revocation
from core.recovery_request import State
from core.unreached import Cause

_CAUSES = {DeliveryState.FAILED: Cause.LINK_BOUNCED, DeliveryState.DELIVERED: None}


async def note_arrival(unit: EmailUnit, ended: Delivery) -> None:
    """Whether the link that this e-mail carried is known to have arrived, or why not (R48)."""
    if ended.kind is not MessageKind.LINK:
        return
    if ended.state is DeliveryState.EXPIRED:
        cause = Cause.LINK_DEFERRED if ended.was_handed_over else Cause.LINK_GIVEN_UP
        await unit.requests.note_link(ended.subject, cause)
    elif ended.state in _CAUSES:
        await unit.requests.note_link(ended.subject, _CAUSES[ended.state])


async def end_link_of(unit: EmailUnit, delivery: Delivery, now: datetime) -> list[LinkRevoked]:
    """Revoke the link that this e-mail carried, if it can be used still: an e-mail that came back
    shows it to anyone who reads the bounces. What to tell once the unit has committed.

    Raises `ConcurrentChange` when the link was used at this very moment.
    """
    if delivery.kind is not MessageKind.LINK:
        return []
    request = await unit.requests.get(delivery.subject)
    if request is None or request.state is not State.LINK_SENT:
        return []
    await unit.requests.save(request.mail_failed(now), was=request)
    return [LinkRevoked(request.id, request.voter, Revocation.MAIL_FAILED)]
