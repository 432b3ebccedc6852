"""SMS: the routes of the settings, what carries them, and what reads their receipts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from core.routes import ANYWHERE
from graphql_api.settings import Settings, SettingsRefused, refused_at, variable
from graphql_api.settings.routes import RouteSettings
from graphql_api.settings.sms_providers import SmsProvider

from .parts import Parts
from .route_options import settings_with
from .sms_providers import PROVIDERS

if TYPE_CHECKING:
    from core.ports.clock import Clock
    from core.ports.sms import Sms
    from graphql_api.over_http.receipts import ReceiptParser


def choose_sms(settings: Settings, parts: Parts) -> dict[str, Sms]:
    """The providers, by the names of their routes. Raises `SettingsRefused`."""
    return {
        name: _built(settings, name, route.gateway, parts)
        for name, route in routes_of(settings).items()
    }


def _built(settings: Settings, name: str, gateway: SmsProvider, parts: Parts) -> Sms:
    place = f"REASSORT_SMS_ROUTES ({name})" if settings.sms_routes else f"REASSORT_SMS ({name})"
    with refused_at(place):
        return PROVIDERS[gateway].build(settings_for_route(settings, name), name, parts)


def receipt_parsers(settings: Settings, clock: Clock) -> dict[str, ReceiptParser]:
    """What reads receipts over HTTP, by the names of the routes. Those whose provider reports
    otherwise, or not at all, are left out."""
    parsers: dict[str, ReceiptParser] = {}
    for name, route in routes_of(settings).items():
        provider, there = PROVIDERS[route.gateway], settings_for_route(settings, name)
        if provider.receipts is not None and provider.reports(there):
            parsers[name] = provider.receipts(there, name, clock)
    return parsers


def gives_receipts(settings: Settings, name: str) -> bool:
    """Whether we are told what becomes of an SMS on this route."""
    provider = PROVIDERS[routes_of(settings)[name].gateway]
    reachable = provider.receipts is None or bool(settings.receipts_url)
    return reachable and provider.reports(settings_for_route(settings, name))


def routes_of(settings: Settings) -> Mapping[str, RouteSettings]:
    """The routes of the settings; without a table, the one provider under its own name."""
    return settings.sms_routes or {settings.sms: RouteSettings(gateway=settings.sms)}


def sms_order(settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """Their order by destination; without a table, the same to everywhere."""
    return dict(settings.sms_destinations) or {ANYWHERE: tuple(routes_of(settings))}


def lacking_for_sms(settings: Settings) -> list[str]:
    """What the one provider cannot do without and was not given, as variables' names. Routes say so
    themselves: see `settings_for_route`."""
    needs = () if settings.sms_routes else PROVIDERS[settings.sms].needs
    return [variable(each, Settings.model_fields[each]) for each in _lacking(settings, needs)]


def settings_for_route(settings: Settings, name: str) -> Settings:
    """The settings as they are on this route. Raises `SettingsRefused`."""
    if not settings.sms_routes:
        return settings

    route = settings.sms_routes[name]
    there = settings_with(
        settings, f"REASSORT_SMS_ROUTES ({name})", {"sms": route.gateway} | route.options
    )
    if lacking := list(_lacking(there, PROVIDERS[route.gateway].needs)):
        raise SettingsRefused(f"REASSORT_SMS_ROUTES ({name}): also needs {', '.join(lacking)}")
    return there


def _lacking(settings: Settings, needs: tuple[str, ...]) -> Iterator[str]:
    return (each for each in needs if settings.lacks(each))
