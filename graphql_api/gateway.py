"""What a resolver can reach: the use cases, and who is calling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core.locale import Locale
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.use_cases.confirm_renewal import ConfirmRenewal
from core.use_cases.consume_security_code import SecurityCodes
from core.use_cases.contact_assistance import ContactAssistance
from core.use_cases.inspect_link import InspectLink
from core.use_cases.issue_security_code import IssueSecurityCode
from core.use_cases.request_renewal import RequestRenewal
from core.voting_round import Calendar
from graphql_api.limits import EdgeLimits

CONTEXT_KEY = "reassort"


@dataclass(frozen=True)
class AssistanceCell:
    """How voters reach the assistance cell besides the form."""

    email: str
    phone: str = ""
    hours: Mapping[Locale, str] = field(default_factory=dict[Locale, str])


@dataclass(frozen=True)
class Gateway:
    """Everything that the schema's fields call. A host that merges our types puts a `Call` made
    from one of these under `CONTEXT_KEY` into its own GraphQL context."""

    issue_security_code: IssueSecurityCode
    security_codes: SecurityCodes
    request_renewal: RequestRenewal
    inspect_link: InspectLink
    confirm_renewal: ConfirmRenewal
    contact_assistance: ContactAssistance
    calendar: Calendar
    policy: RenewalPolicy
    clock: Clock
    assistance: AssistanceCell
    partners: frozenset[str] = frozenset()
    """Names of the front ends to which links may lead back."""
    limits: EdgeLimits = field(default_factory=EdgeLimits)

    def call(self, client: str) -> Call:
        """The gateway as one caller sees it. `client` is the address of the network peer."""
        return Call(self, client)


@dataclass(frozen=True)
class Call:
    """One GraphQL operation."""

    gateway: Gateway
    client: str

    def count(self, field_name: str) -> None:
        """Count one use of a field, however aliased; raises `TooManyRequests` (R26)."""
        self.gateway.limits.count(field_name, self.client)


def call_of(context: Any) -> Call:
    """The call in a GraphQL context, ours or a host's."""
    return context[CONTEXT_KEY]


def counted(info: Any) -> Call:
    """The call of a field that is being resolved, with this use of it counted (R26)."""
    call = call_of(info.context)
    call.count(info.field_name)
    return call
