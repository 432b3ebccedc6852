"""Receipts over HTTP: who reads them, by the names of the SMS routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.sms.kannel_receipts import KannelReceipts
from adapters.sms.ovh_receipts import OvhReceipts
from adapters.sms.receipt_tags import ReceiptTags
from adapters.sms.vonage_receipts import VonageReceipts, VonageReceiptSettings
from core.ports.clock import Clock
from graphql_api.over_http.receipts import ReceiptParser
from graphql_api.settings import Settings

from .sms import on_route, routes_of


def receipt_parsers(settings: Settings, clock: Clock) -> dict[str, ReceiptParser]:
    """Routes whose gateway reports otherwise, or not at all, are left out."""
    parsers: dict[str, ReceiptParser] = {}
    for name, route in routes_of(settings).items():
        build = _BUILDERS.get(route.gateway)
        parser = build(on_route(settings, name, route), name, clock) if build else None
        if parser is not None:
            parsers[name] = parser
    return parsers


def _kannel(settings: Settings, route: str, clock: Clock) -> ReceiptParser:
    return KannelReceipts(ReceiptTags(settings.keyring, route), clock)


def _ovh(settings: Settings, route: str, clock: Clock) -> ReceiptParser | None:
    if not settings.ovh_receipts:
        return None
    return OvhReceipts(ReceiptTags(settings.keyring, route), clock)


def _vonage(settings: Settings, route: str, clock: Clock) -> ReceiptParser | None:
    secret = settings.vonage_signature_secret.get_secret_value()
    if not secret:
        return None
    vonage = VonageReceiptSettings(
        api_key=settings.vonage_api_key,
        signature_secret=secret,
        application_id=settings.vonage_application_id,
        route=route,
    )
    return VonageReceipts(vonage, clock)


_BUILDERS: Mapping[str, Callable[[Settings, str, Clock], ReceiptParser | None]] = {
    "kannel": _kannel,
    "ovh": _ovh,
    "vonage": _vonage,
}
