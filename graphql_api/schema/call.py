"""What a resolver can reach: the use cases, and who is calling."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from core.errors import TooManyRequests
from core.locale import Locale
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.security_code import SecurityCodeAnswer
from core.use_cases.answer_alerts import AnswerAlerts
from core.use_cases.confirm_renewal import ConfirmRenewal
from core.use_cases.consume_security_code import SecurityCodes
from core.use_cases.contact_assistance import ContactAssistance
from core.use_cases.give_evidence import GiveEvidence
from core.use_cases.give_first_sending import GiveFirstSending
from core.use_cases.give_statistics import GiveStatistics
from core.use_cases.inspect_link import InspectLink
from core.use_cases.issue_security_code import IssueSecurityCode
from core.use_cases.list_rounds import ListRounds
from core.use_cases.look_at_requests import LookAtRequests
from core.use_cases.look_at_unreached import LookAtUnreached
from core.use_cases.report_deliveries import ReportDeliveries
from core.use_cases.request_renewal import RequestRenewal
from core.voting_round import Calendar
from graphql_api.access.caller import ANONYMOUS, Caller
from graphql_api.access.client_network import networks_of
from graphql_api.access.limits import EdgeLimits
from graphql_api.access.refusals import Refusals

CONTEXT_KEY = "reassort"


@dataclass(frozen=True)
class AssistanceCell:
    """How voters reach the assistance cell besides the form."""

    email: str
    phone: str = ""
    hours: Mapping[Locale, str] = field(default_factory=dict[Locale, str])


PartnerBy = Callable[[str], Awaitable[str | None]]


async def _nobody(text: str) -> str | None:
    return None


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
    report_deliveries: ReportDeliveries
    look_at_requests: LookAtRequests
    look_at_unreached: LookAtUnreached
    list_rounds: ListRounds
    give_evidence: GiveEvidence
    give_first_sending: GiveFirstSending
    give_statistics: GiveStatistics
    answer_alerts: AnswerAlerts
    alert_patience: timedelta
    """After how long a voter counts as unreached."""
    partners: frozenset[str] = frozenset()
    """Names of the front ends to which links may lead back."""
    partner_by: PartnerBy = _nobody
    """Whose signature a text is."""
    limits: EdgeLimits = field(default_factory=EdgeLimits)
    refusals: Refusals = field(default_factory=Refusals)

    @property
    def link_minutes(self) -> int:
        """Whole minutes for which a link that is sent now is good: a link ends with its round."""
        lifetime = self.policy.link_lifetime
        left = self.calendar.left_at(self.clock.now())
        return max(1, min(lifetime, left or lifetime) // timedelta(minutes=1))

    def call(self, client: str, caller: Caller = ANONYMOUS, from_url: bool = False) -> Call:
        """The gateway as one caller sees it. `client` is the address of the network peer; `caller`
        who that has been shown to be, a voter otherwise. `from_url`: the operation came by GET."""
        return Call(self, client, caller, from_url)


@dataclass(frozen=True)
class Call:
    """One GraphQL operation."""

    gateway: Gateway
    client: str
    caller: Caller = ANONYMOUS
    from_url: bool = False
    """Whether what it is given stood in a URL, where no secret belongs."""

    @property
    def partners(self) -> frozenset[str]:
        """The front ends to which this caller may have links lead back: a partner that has
        authenticated, to its own; a voter's browser, to the one whose page it shows. Otherwise a
        stranger would choose where a voter's only link leads (R61)."""
        own = self.caller.partner
        return self.gateway.partners & (self.caller.pages if own is None else {own})

    @property
    def home(self) -> str | None:
        """Where links lead back unless the caller says otherwise; None for the portal."""
        own = self.caller.partner
        return own if own in self.gateway.partners else None

    @property
    def network(self) -> str:
        """From where it comes, as wrong identifiers are counted: the widest network, as one guesser
        holds all of it; behind a partner that says for whom it calls, the voter's."""
        return networks_of(self.caller.voter_address or self.client)[-1][0]

    async def signer(self, text: str | None) -> str | None:
        """The front end that has signed this, if it has a link: for voters' browsers, whose page
        was rendered by the partner's server. A partner that has authenticated names itself only."""
        if text is None or self.caller.partner is not None:
            return None
        found = await self.gateway.partner_by(text)
        return found if found in self.gateway.partners else None

    async def count(self, field_name: str) -> None:
        """Count one use of a field, however aliased; raises `TooManyRequests` (R26)."""
        limits, caller = self.gateway.limits, self.caller
        await self._limited(
            limits.count(field_name, self.client, caller.partner, caller.voter_address)
        )

    async def held_to_price(self, field_name: str, given: SecurityCodeAnswer) -> SecurityCodeAnswer:
        """The answer to a code, with whether this caller may leave it unpaid (R27). One that might
        have paid is counted apart; raises `TooManyRequests` (R26)."""
        if self.caller.partner is not None:
            return replace(given, is_exempt=True)
        if await self.gateway.security_codes.is_owed(given):
            await self._limited(self.gateway.limits.count_unpaid(field_name, self.client))
        return given

    async def count_typed(self, field_name: str, text: str) -> None:
        """Count one use of a field by what was typed into it; raises `TooManyRequests` (R26)."""
        await self._limited(self.gateway.limits.count_typed(field_name, text))

    async def _limited(self, counting: Awaitable[None]) -> None:
        """A limit that is reached leaves a trace."""
        try:
            await counting
        except TooManyRequests as refusal:
            self.refused(refusal.code)
            raise

    def refused(self, reason: str) -> None:
        """Take note of a refusal by its code."""
        client = self.caller.voter_address or self.client
        self.gateway.refusals.note(reason.lower(), client, self.caller.partner)


def call_of(context: Any) -> Call:
    """The call in a GraphQL context, ours or a host's, which may be an object."""
    return context[CONTEXT_KEY] if isinstance(context, dict) else getattr(context, CONTEXT_KEY)


async def counted(info: Any) -> Call:
    """The call of a field that is being resolved, with this use of it counted (R26)."""
    call = call_of(info.context)
    await call.count(info.field_name)
    return call
