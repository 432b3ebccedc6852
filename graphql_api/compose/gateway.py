"""What voters' requests are answered with: the use cases of the gateway."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from adapters.shared_counters import ValkeyCounters
from core.keys import Purpose
from core.password_issuer import PasswordIssuer
from core.ports.clock import Clock
from core.security_code import SecurityCodeKind
from core.use_cases.confirm_renewal import ConfirmRenewal
from core.use_cases.consume_security_code import SecurityCodes
from core.use_cases.contact_assistance import ContactAssistance
from core.use_cases.inspect_link import InspectLink
from core.use_cases.issue_security_code import IssueSecurityCode
from core.use_cases.report_deliveries import ReportDeliveries
from core.use_cases.request_renewal import RequestRenewal
from graphql_api.access.limits import READING, EdgeLimits
from graphql_api.schema.call import AssistanceCell, Gateway
from graphql_api.settings import Settings

from .ports import Ports


def build_gateway(settings: Settings, ports: Ports) -> Gateway:
    keyring, policy, calendar = settings.keyring, settings.renewal_policy, settings.calendar
    codes = _security_codes(ports)
    begin, read = ports.store.begin, ports.store.read
    clock, randomness, events = ports.clock, ports.randomness, ports.events
    return Gateway(
        issue_security_code=IssueSecurityCode(codes),
        security_codes=codes,
        request_renewal=RequestRenewal(
            begin, ports.store.intake, codes, calendar, keyring, clock, randomness, events
        ),
        inspect_link=InspectLink(read, keyring, clock),
        confirm_renewal=ConfirmRenewal(
            begin,
            read,
            codes,
            ports.register,
            calendar,
            PasswordIssuer(keyring, policy),
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
        report_deliveries=ReportDeliveries(read, policy, clock),
        alert_patience=timedelta(seconds=settings.alert_patience),
        partners=frozenset(settings.partner_links),
        limits=_limits(settings, clock),
    )


def _security_codes(ports: Ports) -> SecurityCodes:
    kinds = {
        SecurityCodeKind.DIGITS: ports.captcha,
        SecurityCodeKind.PROOF_OF_WORK: ports.proof_of_work,
    }
    return SecurityCodes(kinds, ports.fallback)


def _limits(settings: Settings, clock: Clock) -> EdgeLimits:
    return EdgeLimits(
        settings.network_limit,
        settings.overall_limit,
        {
            "securityCodeFallback": settings.fallback_limit,
            READING: settings.documents_limit if settings.network_limit else "",
        },
        _shared_counters(settings, clock),
        partial(settings.keyring.tag, Purpose.NETWORK),
        settings.partner_limits,
    )


def _shared_counters(settings: Settings, clock: Clock) -> ValkeyCounters | None:
    if not settings.limits_are_shared:
        return None
    url, password = settings.limits_url, settings.limits_password
    return ValkeyCounters(url.get_secret_value(), password.get_secret_value(), clock)
