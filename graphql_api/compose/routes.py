"""The SMS routes: the table and the rules from the settings."""

from __future__ import annotations

from datetime import timedelta

from core.route_health import HealthRule
from core.routes import Route, RouteTable
from core.spending import MILLIONTHS, SpendingRule
from graphql_api.settings import Settings
from graphql_api.settings.routes import RouteSettings

from .sms import gives_receipts, routes_of, sms_order


def route_table(settings: Settings) -> RouteTable:
    """The routes by destination; without a table, the one provider to everywhere."""
    routes = {name: _route(settings, name, each) for name, each in routes_of(settings).items()}
    return RouteTable(routes, sms_order(settings))


def health_rule(settings: Settings) -> HealthRule:
    return HealthRule(
        window=timedelta(seconds=settings.route_window),
        sample=settings.route_sample,
        falls_below=settings.route_falls_below,
        recovers_at=settings.route_recovers_at,
        probes=settings.route_probes,
        probe_window=timedelta(seconds=settings.route_probe_window),
        probe_one_in=settings.route_probe_one_in,
    )


def spending_rule(settings: Settings) -> SpendingRule:
    cost = settings.sms_day_cost
    return SpendingRule(
        prefix_per_hour=settings.sms_per_prefix,
        country_per_hour=settings.sms_per_country,
        day_cost=None if cost is None else round(cost * MILLIONTHS),
        first_share=settings.sms_first_share,
    )


def _route(settings: Settings, name: str, each: RouteSettings) -> Route:
    within = each.receipt_within
    if within is None and gives_receipts(settings, name):
        within = settings.sms_receipt_within
    return Route(
        name=name,
        rate=each.rate,
        burst=each.burst,
        cost={place: round(cost * MILLIONTHS) for place, cost in each.cost.items()},
        prefixes=each.prefixes,
        receipt_within=None if within is None else timedelta(seconds=within),
    )
