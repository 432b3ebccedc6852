"""Worker: tell somebody of an alert, by e-mail or by the operators' webhook (R53).

A gateway does it as well while no worker lives: that no worker lives is to be told, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.alert import Alert
from core.alert_notice import AlertNotice, Notice, Recipient
from core.alert_words import help_page, sentence
from core.delivery import Delivery
from core.errors import MessageDeferred, MessageRefused
from core.locale import Locale
from core.mail_attempt import MailAttempt
from core.messages import EmailMessage, Fact, MessageKind
from core.ports.alert_units import AlertUnit
from core.ports.alert_webhook import AlertWebhook
from core.ports.clock import Clock
from core.ports.unit_of_work import Begin
from core.use_cases.dispatch_email import DispatchEmail
from core.voter import EmailAddress

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_TYPES = {
    Notice.RAISED: "alert.raised",
    Notice.REPEATED: "alert.raised",
    Notice.RESOLVED: "alert.resolved",
}


@dataclass(frozen=True)
class SendAlert:
    """Sends one notice. A crash after it was taken sends it again under the same id."""

    read: Begin[AlertUnit]
    addresses: Mapping[Recipient, EmailAddress]
    webhook: AlertWebhook | None
    dispatch: DispatchEmail
    clock: Clock

    async def __call__(self, subject: str) -> None:
        """Nothing for a notice that no longer says how its alert stands, or whose recipient the
        settings name no more.

        Raises `MessageDeferred` and `StoreUnavailable`: try again later; `MessageRefused` when no
        relay takes the e-mail, ever."""
        notice = AlertNotice.parse(subject)
        if notice is None:
            return
        async with self.read() as unit:
            alert = await unit.alerts.get(notice.alert_id)
        if alert is None or not notice.is_due(alert):
            return
        if notice.recipient is Recipient.WEBHOOK:
            if self.webhook is not None:
                await self.webhook.send(notice.subject, _payload(notice, alert))
        elif notice.recipient in self.addresses:
            await self._write(notice, alert, self.addresses[notice.recipient])

    async def _write(self, notice: AlertNotice, alert: Alert, to: EmailAddress) -> None:
        """By one relay after the other, as any e-mail goes."""
        now, kind = self.clock.now(), MessageKind.ALERT
        delivery = Delivery.queued(kind, notice.subject, Locale.FR, now)
        message = EmailMessage(delivery.id, kind, to, Locale.FR, _facts(notice, alert))
        made: list[MailAttempt] = []
        while tried := await self.dispatch(message, delivery, made):
            if tried.acceptance is not None:
                return
            reason = tried.attempt.reason or "not taken"
            if tried.is_over:
                raise MessageRefused(reason)
            if tried.following is None:
                raise MessageDeferred(reason)
            made.append(tried.attempt)
        raise MessageRefused("no mail route left")


def _facts(notice: AlertNotice, alert: Alert) -> dict[str, Fact]:
    place = alert.place
    return {
        "notice": notice.notice,
        "alert": alert.id,
        "kind": place.kind,
        "axis": place.axis,
        "value": place.value,
        "figures": "\n".join(f"{name}: {value}" for name, value in alert.figures.items()),
        "raised_at": alert.raised_at,
        "ended_at": alert.resolved_at or alert.last_seen,
        "by": alert.resolved_by,
        "times": alert.times,
        "help": help_page(place.kind),
    }


def _payload(notice: AlertNotice, alert: Alert) -> dict[str, object]:
    """As Standard Webhooks has it: type, moment of the event, data."""
    place = alert.place
    at = alert.raised_at if alert.is_open else alert.resolved_at or alert.last_seen
    return {
        "type": _TYPES[notice.notice],
        "timestamp": f"{at:{_MOMENT}}",
        "data": {
            "id": alert.id,
            "kind": place.kind.value,
            "axis": place.axis.value,
            "value": place.value,
            "state": alert.state.value,
            "times": alert.times,
            "figures": dict(alert.figures),
            "text": {each.value: sentence(place, each) for each in Locale},
            "first_seen": f"{alert.first_seen:{_MOMENT}}",
            "raised_at": f"{alert.raised_at:{_MOMENT}}",
            "last_seen": f"{alert.last_seen:{_MOMENT}}",
            "help": help_page(place.kind),
        },
    }
