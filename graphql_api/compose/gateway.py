"""What voters' requests are answered with: the use cases of the gateway."""

from __future__ import annotations

from datetime import timedelta

from adapters.observed import ObservedRegister
from core.code_price import CodePrice
from core.outages import Outages
from core.password_issuer import PasswordIssuer
from core.security_code import SecurityCodeKind
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
from graphql_api.access.limits import EdgeLimits
from graphql_api.schema.call import AssistanceCell, Gateway, PartnerBy
from graphql_api.settings import Settings

from .alerts import answer_alerts
from .limits import build_refusals
from .ports import Ports


def build_gateway(
    settings: Settings,
    ports: Ports,
    report_deliveries: ReportDeliveries,
    limits: EdgeLimits,
    partner_by: PartnerBy,
    outages: Outages,
) -> Gateway:
    keyring, policy, calendar = settings.keyring, settings.renewal_policy, settings.calendar
    codes = _security_codes(settings, ports)
    begin, read = ports.store.begin, ports.store.read
    clock, randomness, events = ports.clock, ports.randomness, ports.events
    return Gateway(
        issue_security_code=IssueSecurityCode(codes),
        security_codes=codes,
        request_renewal=RequestRenewal(
            begin, ports.store.intake, codes, calendar, keyring, clock, randomness, events
        ),
        inspect_link=InspectLink(read, calendar, keyring, policy, clock),
        confirm_renewal=ConfirmRenewal(
            begin,
            read,
            codes,
            ObservedRegister(ports.register, outages),
            calendar,
            keyring,
            PasswordIssuer(ports.password_keys, policy),
            clock,
            randomness,
            events,
        ),
        contact_assistance=ContactAssistance(begin, codes, clock, randomness, events),
        calendar=calendar,
        policy=policy,
        clock=clock,
        assistance=AssistanceCell(
            settings.assistance_email, settings.assistance_phone, settings.hours_by_locale
        ),
        report_deliveries=report_deliveries,
        look_at_requests=LookAtRequests(read),
        look_at_unreached=LookAtUnreached(read, calendar, clock),
        list_rounds=ListRounds(read, calendar, clock),
        give_evidence=GiveEvidence(read, clock, settings.smallest_cell),
        give_first_sending=GiveFirstSending(read, settings.smallest_cell),
        give_statistics=GiveStatistics(read, clock, settings.smallest_cell),
        answer_alerts=answer_alerts(settings, ports),
        alert_patience=timedelta(seconds=settings.alert_patience),
        partners=frozenset(settings.partner_links),
        partner_by=partner_by,
        limits=limits,
        refusals=build_refusals(settings, events),
    )


def _security_codes(settings: Settings, ports: Ports) -> SecurityCodes:
    kinds = {
        SecurityCodeKind.DIGITS: ports.captcha,
        SecurityCodeKind.PROOF_OF_WORK: ports.proof_of_work,
    }
    price, bits = settings.security_code_price, settings.security_code_price_bits
    return SecurityCodes(
        kinds,
        ports.fallback,
        None if price == "off" else CodePrice(settings.keyring, bits),
        price == "required",
    )
