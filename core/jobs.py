"""Job: work that a commit leaves to be done, and what may be known about it.

A job names its kind and the id of its subject, nothing else: no argument can leak (R20).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JobKind(StrEnum):
    """One kind a use case that runs in the worker."""

    SEND_LINK = "send_link"
    DELIVER_EMAIL = "deliver_email"
    DELIVER_TO_CELL = "deliver_to_cell"
    """A message to the assistance cell, which anyone can cause: apart, so that no link waits behind
    many of them. Same use case as `DELIVER_EMAIL`."""
    RESEND_EMAIL = "resend_email"
    """An e-mail that one relay did not bring, by the next; its subject is the attempt that ended.
    Same use case as `DELIVER_EMAIL`."""
    ISSUE_PASSWORD = "issue_password"
    FOLLOW_SMS = "follow_sms"
    """At the time by which a receipt is due."""
    FAIL_OVER = "fail_over"
    """At once, when a receipt says that an SMS did not arrive. Same use case as `FOLLOW_SMS`."""
    SEND_ALERT = "send_alert"
    """To operators: one notice of an alert."""


@dataclass(frozen=True)
class Job:
    """`key` makes queuing idempotent: the same kind and subject is queued once."""

    kind: JobKind
    subject: str

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True)
class ClaimedJob:
    """A job that this worker holds until its lease ends. `attempts` counts this one."""

    id: int
    job: Job
    attempts: int


@dataclass(frozen=True)
class DeadJob:
    """A job that was given up, with the name of what went wrong last; to be re-queued by hand."""

    id: int
    job: Job
    attempts: int
    reason: str
    buried_at: datetime


@dataclass(frozen=True)
class Backlog:
    """How much is queued: `waiting` for its time or being worked on, `late` (due for longer than
    allowed and in nobody's hands), `dead`."""

    waiting: int
    late: int
    dead: int
