"""SMS: who carries it, by the names of the routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
from pydantic import SecretStr, ValidationError

from adapters.inbox import Inbox
from adapters.sms.inbox import InboxSms
from adapters.sms.inlet import ReceiptInlet
from adapters.sms.kannel import KannelSettings, KannelSms, dlr_url
from adapters.sms.ovh import OvhSettings, OvhSms
from adapters.sms.receipt_tags import ReceiptTags
from adapters.sms.senders import SenderIds
from adapters.sms.smpp.alphabet import Alphabet
from adapters.sms.smpp.settings import ReceiptIds, SmppSettings
from adapters.sms.smpp.sms import SmppSms
from adapters.sms.text import SmsText
from adapters.sms.vonage import VonageSettings, VonageSms
from core.ports.clock import Clock
from core.ports.randomness import Randomness
from core.ports.sms import Sms
from graphql_api.settings import Settings, SettingsRefused
from graphql_api.settings.deployment import GivenSettings
from graphql_api.settings.routes import RouteSettings
from graphql_api.settings.sms_gateways import NEEDED


@dataclass(frozen=True)
class Surroundings:
    """What gateways are built from, besides their settings."""

    clock: Clock
    randomness: Randomness
    http: httpx.AsyncClient
    inbox: Inbox | None
    receipts: ReceiptInlet


def choose_sms(settings: Settings, around: Surroundings) -> dict[str, Sms]:
    """The gateways, by the names of their routes. Raises `SettingsRefused`."""
    return {
        name: _BUILDERS[route.gateway](on_route(settings, name, route), name, around)
        for name, route in routes_of(settings).items()
    }


def routes_of(settings: Settings) -> Mapping[str, RouteSettings]:
    """The routes of the settings; without a table, the one gateway under its own name."""
    return settings.sms_routes or {settings.sms: RouteSettings(gateway=settings.sms)}


def on_route(settings: Settings, name: str, route: RouteSettings) -> Settings:
    """The settings as they are on this route. Raises `SettingsRefused`."""
    if not settings.sms_routes:
        return settings
    options = {"sms": route.gateway} | {
        key: value.get_secret_value() if isinstance(value, SecretStr) else value
        for key, value in route.options.items()
    }
    if strange := sorted(set(options) - set(Settings.model_fields)):
        raise SettingsRefused(f"REASSORT_SMS_ROUTES ({name}): there is no {', '.join(strange)}")
    try:
        there = GivenSettings.model_validate(settings.model_dump(exclude_defaults=True) | options)
    except ValidationError as refusal:
        named = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in refusal.errors())
        raise SettingsRefused(f"REASSORT_SMS_ROUTES ({name}): {named}") from None
    lacking = [each for each in NEEDED.get(route.gateway, ()) if there.lacks(each)]
    if lacking:
        raise SettingsRefused(f"REASSORT_SMS_ROUTES ({name}): also needs {', '.join(lacking)}")
    return there


def _text(settings: Settings) -> SmsText:
    return SmsText(settings.renewal_policy.password_length)


def _senders(settings: Settings) -> SenderIds:
    return SenderIds(settings.sms_sender, settings.sms_senders_by_prefix)


def _inbox(settings: Settings, route: str, around: Surroundings) -> Sms:
    if around.inbox is None:
        raise SettingsRefused("REASSORT_SMS: there is no inbox")
    return InboxSms(_text(settings), around.inbox, around.clock, route)


def _kannel(settings: Settings, route: str, around: Surroundings) -> Sms:
    kannel = KannelSettings(
        url=settings.kannel_url,
        username=settings.kannel_username,
        password=settings.kannel_password.get_secret_value(),
        route=route,
        smsc=settings.kannel_smsc or None,
        dlr_url=dlr_url(settings.receipts_url, route) if settings.receipts_url else None,
    )
    tags = ReceiptTags(settings.keyring, route)
    return KannelSms(kannel, _text(settings), _senders(settings), around.http, tags)


def _ovh(settings: Settings, route: str, around: Surroundings) -> Sms:
    ovh = OvhSettings(
        service=settings.ovh_service,
        application_key=settings.ovh_application_key,
        application_secret=settings.ovh_application_secret.get_secret_value(),
        consumer_key=settings.ovh_consumer_key.get_secret_value(),
        route=route,
    )
    return OvhSms(ovh, _text(settings), _senders(settings), around.http, around.clock)


def _vonage(settings: Settings, route: str, around: Surroundings) -> Sms:
    vonage = VonageSettings(
        application_id=settings.vonage_application_id,
        private_key=settings.vonage_private_key.get_secret_value(),
        route=route,
        url=settings.vonage_url,
        validity_minutes=settings.vonage_validity_minutes,
    )
    text, senders = _text(settings), _senders(settings)
    return VonageSms(vonage, text, senders, around.http, around.clock, around.randomness)


def _smpp(settings: Settings, route: str, around: Surroundings) -> Sms:
    smpp = SmppSettings(
        host=settings.smpp_host,
        system_id=settings.smpp_system_id,
        password=settings.smpp_password.get_secret_value(),
        port=settings.smpp_port,
        system_type=settings.smpp_system_type,
        service_type=settings.smpp_service_type,
        route=route,
        tls=settings.smpp_tls,
        ca_file=settings.smpp_ca_file,
        window=settings.smpp_window,
        validity_minutes=settings.smpp_validity_minutes,
        alphabet=Alphabet(settings.smpp_alphabet),
        receipt_ids=ReceiptIds(settings.smpp_receipt_ids),
        utc_offset_minutes=settings.smpp_utc_offset_minutes,
        operator_tag=settings.smpp_operator_tag,
        refusals=settings.smpp_refusals,
    )
    return SmppSms(smpp, _text(settings), _senders(settings), around.clock, around.receipts)


_BUILDERS: Mapping[str, Callable[[Settings, str, Surroundings], Sms]] = {
    "inbox": _inbox,
    "kannel": _kannel,
    "ovh": _ovh,
    "vonage": _vonage,
    "smpp": _smpp,
}
