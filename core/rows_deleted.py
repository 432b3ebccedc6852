"""What was deleted without anyone asking, counted by kind (R47)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class MessagesDeleted(NamedTuple):
    """How many messages went, attempts at sending them, and changes of both."""

    messages: int = 0
    attempts: int = 0
    changes: int = 0


@dataclass(frozen=True)
class RowsDeleted:
    """What belongs to no request and had served its time was deleted from the store: how many rows
    of each kind."""

    messages: int = 0
    attempts: int = 0
    assistance_messages: int = 0
    dead_jobs: int = 0
    security_codes: int = 0
    early_receipts: int = 0
    sms_counts: int = 0
    heartbeats: int = 0
    voter_freezes: int = 0
    message_changes: int = 0
    alerts: int = 0
