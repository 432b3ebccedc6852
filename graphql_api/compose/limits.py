"""How often callers may call, and where that is counted."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from core.keys import Purpose
from graphql_api.access.limits import CREDENTIALS, READING, EdgeLimits
from graphql_api.access.refusals import Refusals
from graphql_api.settings import Settings

if TYPE_CHECKING:
    from adapters.shared_counters import ValkeyCounters
    from core.ports.clock import Clock
    from core.ports.events import Events


ASSISTANCE = "contactAssistance"


def build_limits(settings: Settings, clock: Clock) -> EdgeLimits:
    return EdgeLimits(
        settings.network_limit,
        settings.overall_limit,
        {
            "securityCodeFallback": settings.fallback_limit,
            READING: settings.documents_limit if settings.network_limit else "",
            CREDENTIALS: settings.bad_credentials_limit if settings.network_limit else "",
            ASSISTANCE: settings.assistance_limit if settings.network_limit else "",
        },
        _shared_counters(settings, clock),
        partial(settings.keyring.tag, Purpose.NETWORK),
        settings.partner_limits,
        {ASSISTANCE: settings.assistance_mailbox_limit},
        {ASSISTANCE: settings.assistance_address_limit},
        settings.partner_caller_share,
    )


def build_refusals(settings: Settings, events: Events) -> Refusals:
    return Refusals(events.record, partial(settings.keyring.tag, Purpose.NETWORK))


def _shared_counters(settings: Settings, clock: Clock) -> ValkeyCounters | None:
    if not settings.limits_are_shared:
        return None
    from adapters.shared_counters import ValkeyCounters

    url, password = settings.limits_url, settings.limits_password
    return ValkeyCounters(url.get_secret_value(), password.get_secret_value(), clock)
