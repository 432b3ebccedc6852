"""What a sample voter of the sandbox is: what happens, in which order, and what makes it happen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from core.delivery import DeliveryState
from core.errors import LinkProblem
from core.reasons import Revocation

IDENTIFIER = "K7WPQ2M4XN9B"
"""The identifier of every sample voter."""
ROUND = "sandbox"
"""The voting round: open from a day before the sandbox's beginning until 30 days after it."""
CONSTITUENCY = "1"
"""For whom it is held."""
PARTNER = "sandbox-partner"
"""The partner whose server calls."""
SLOW = 3.0
"""Seconds."""
LATER = timedelta(minutes=61)
"""After the form, or after the confirmation if it came to that: when links have run out."""
WAIT = 30
"""Seconds to wait, as busy answers say."""


class Trouble(StrEnum):
    """What can happen to a call, or to the worker that issues a password."""

    SLOW = "slow"
    BUSY = "busy"
    CLOSED = "closed"
    UNAVAILABLE = "unavailable"
    DEFECT = "defect"
    NO_WORKER = "no worker"
    NO_KEY = "no key"
    NO_CREDENTIALS = "no credentials"
    HTTP_429 = "http 429"
    HTTP_503 = "http 503"


@dataclass(frozen=True)
class Scenario:
    """One voter. `request`, `email`, `confirm` and `sms` are what happens, in this order: a union
    member with its code, an e-mail with the state of its delivery, and so on; empty: it does not
    come to that. `unreached` is what dashboards see of it. The other fields are what makes it
    happen."""

    name: str
    numic: str
    what: str
    request: str = "RenewalRequested"
    email: str = "link: accepted"
    confirm: str = "PasswordRenewed"
    sms: str = "delivered"
    phone: str = ""
    at_request: Trouble | None = None
    at_confirm: Trouble | None = None
    at_issue: Trouble | None = None
    """What keeps the worker from the SMS once the renewal is confirmed."""
    undecided_for: timedelta = timedelta(0)
    """How long the register keeps the worker from deciding on a request."""
    email_fate: DeliveryState | None = None
    returned: bool = False
    """Whether the first relay's e-mail comes back, with the link in it."""
    late: bool = False
    """Whether the e-mail with the link is there when the link has run out."""
    sms_fate: DeliveryState = DeliveryState.DELIVERED
    link_fate: LinkProblem | Revocation | None = None
    renewed: bool = False
    unusable: bool = False
    """Whether a telephone number is on record that takes no SMS."""
    frozen: bool = False
    """Whether an operator has stopped this voter's renewals from the beginning."""
    constituency: str = CONSTITUENCY
    unreached: str = ""
    """What `votersUnreached` counts the voter under, `LATER`: the field, and of those that have
    causes the cause. Empty: nowhere."""

    @property
    def address(self) -> str:
        """The e-mail address on file."""
        return f"{self.name}@sandbox.example.org"
