"""Who calls, and what they may have: partners, dashboards, voters, the router (R40).

Access is declared beside each field and enforced in this process before anything is resolved,
whatever a router in front does.
"""

from .authentication import Authentication
from .caller import ANONYMOUS, EVERYONE, FRONT_ENDS, STRANGER, Access, Caller
from .refusal import Reason, Refusal
from .rule import ASSISTANCE, DELIVERIES, RENEWALS, Rule, open_to, shown_to

__all__ = [
    "ANONYMOUS",
    "ASSISTANCE",
    "DELIVERIES",
    "EVERYONE",
    "FRONT_ENDS",
    "RENEWALS",
    "STRANGER",
    "Access",
    "Authentication",
    "Caller",
    "Reason",
    "Refusal",
    "Rule",
    "open_to",
    "shown_to",
]
