"""Who is told what of an alert, and when: each notice is a job in the commit of its cause (R53)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.alert import Alert, AlertState, AlertTerms
from core.jobs import Job, JobKind

_BETWEEN = "-"


class Notice(StrEnum):
    """What is told."""

    RAISED = "raised"
    REPEATED = "repeated"
    """Nobody has acknowledged it."""
    RESOLVED = "resolved"


class Recipient(StrEnum):
    """Who is told, as far as the settings name one."""

    FIRST = "first"
    """An e-mail address."""
    SECOND = "second"
    """Another one, for what nobody has acknowledged."""
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class AlertNotice:
    """One notice. `times` says of which opening of the alert it is."""

    alert_id: str
    times: int
    notice: Notice
    recipient: Recipient

    @property
    def subject(self) -> str:
        """Names it: the job's subject, the webhook's id. It stays the same over retries."""
        parts = (self.alert_id, str(self.times), self.notice, self.recipient)
        return _BETWEEN.join(parts)

    @property
    def job(self) -> Job:
        return Job(JobKind.SEND_ALERT, self.subject)

    @classmethod
    def parse(cls, subject: str) -> AlertNotice | None:
        """The reverse of `subject`; None for what is none."""
        try:
            alert_id, times, notice, recipient = subject.split(_BETWEEN)
            return cls(alert_id, int(times), Notice(notice), Recipient(recipient))
        except ValueError:
            return None

    def is_due(self, alert: Alert) -> bool:
        """Whether it still says how the alert stands: nobody is told of an earlier opening, that
        nobody answers when somebody has, or that it is over while it is not."""
        if alert.times != self.times:
            return False
        if self.notice is Notice.REPEATED:
            return alert.state is AlertState.RAISED
        return self.notice is Notice.RAISED or not alert.is_open


def notices_of(
    alert: Alert, recipients: Collection[Recipient], terms: AlertTerms
) -> Iterator[tuple[AlertNotice, datetime]]:
    """What is told once an alert was opened, or is resolved, and when. The second address is told
    of the end if it was told of the beginning."""
    repeats_at = alert.raised_at + terms.repeat
    told: dict[Recipient, tuple[Notice, datetime]]
    if alert.is_open:
        told = dict.fromkeys(recipients, (Notice.RAISED, alert.raised_at))
        if Recipient.SECOND in told:
            told[Recipient.SECOND] = Notice.REPEATED, repeats_at
    else:
        ended_at = alert.resolved_at or alert.last_seen
        told = dict.fromkeys(recipients, (Notice.RESOLVED, ended_at))
        if min(alert.acknowledged_at or ended_at, ended_at) < repeats_at:
            told.pop(Recipient.SECOND, None)
    for recipient, (notice, at) in told.items():
        yield AlertNotice(alert.id, alert.times, notice, recipient), at
