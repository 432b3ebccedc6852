"""The SMS providers: how each is built and, at the end, one row for each.

An adapter is imported by the function that builds it: a process holds those that its settings name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql_api.settings import Settings, SettingsRefused
from graphql_api.settings.sms_providers import SmsProvider

from .parts import Parts

if TYPE_CHECKING:
    from adapters.sms.senders import SenderIds
    from adapters.sms.text import SmsText
    from core.ports.clock import Clock
    from core.ports.sms import Sms
    from graphql_api.over_http.receipts import ReceiptParser


@dataclass(frozen=True)
class Provider:
    """One row. The settings are those of a route, whose name goes with them."""

    needs: tuple[str, ...]
    """The settings that it cannot do without."""
    build: Callable[[Settings, str, Parts], Sms]
    reports: Callable[[Settings], bool]
    """Whether it says what became of an SMS, in a way that we believe."""
    receipts: Callable[[Settings, str, Clock], ReceiptParser] | None = None
    """What reads its reports over HTTP. None: they come by a connection of its own, or never."""
    url: str = ""
    """The setting with the address to which SMS go. Empty: none says so."""


def _text(settings: Settings) -> SmsText:
    from adapters.sms.text import SmsText

    return SmsText(settings.renewal_policy.password_length)


def _senders(settings: Settings) -> SenderIds:
    from adapters.sms.senders import SenderIds

    return SenderIds(settings.sms_sender, settings.sms_senders_by_prefix)


def _inbox(settings: Settings, route: str, parts: Parts) -> Sms:
    from adapters.sms.inbox import InboxSms

    if parts.inbox is None:
        raise SettingsRefused("REASSORT_SMS: there is no inbox")
    return InboxSms(_text(settings), parts.inbox, parts.clock, route)


def _kannel(settings: Settings, route: str, parts: Parts) -> Sms:
    from adapters.sms.kannel import KannelSettings, KannelSms, dlr_url
    from adapters.sms.receipt_tags import ReceiptTags

    kannel = KannelSettings(
        url=settings.kannel_url,
        username=settings.kannel_username,
        password=settings.kannel_password.get_secret_value(),
        route=route,
        smsc=settings.kannel_smsc or None,
        validity_minutes=settings.kannel_validity_minutes,
        dlr_url=dlr_url(settings.receipts_url, route) if settings.receipts_url else None,
    )
    tags = ReceiptTags(settings.keyring, route)
    return KannelSms(kannel, _text(settings), _senders(settings), parts.http, tags)


def _kannel_receipts(settings: Settings, route: str, clock: Clock) -> ReceiptParser:
    from adapters.sms.kannel_receipts import KannelReceipts
    from adapters.sms.receipt_tags import ReceiptTags

    return KannelReceipts(ReceiptTags(settings.keyring, route), clock)


def _ovh(settings: Settings, route: str, parts: Parts) -> Sms:
    from adapters.sms.ovh import OvhSettings, OvhSms

    ovh = OvhSettings(
        service=settings.ovh_service,
        application_key=settings.ovh_application_key,
        application_secret=settings.ovh_application_secret.get_secret_value(),
        consumer_key=settings.ovh_consumer_key.get_secret_value(),
        route=route,
    )
    return OvhSms(ovh, _text(settings), _senders(settings), parts.http, parts.clock)


def _ovh_receipts(settings: Settings, route: str, clock: Clock) -> ReceiptParser:
    from adapters.sms.ovh_receipts import OvhReceipts
    from adapters.sms.receipt_tags import ReceiptTags

    return OvhReceipts(ReceiptTags(settings.keyring, route), clock)


def _vonage(settings: Settings, route: str, parts: Parts) -> Sms:
    from adapters.sms.vonage import VonageSettings, VonageSms

    vonage = VonageSettings(
        application_id=settings.vonage_application_id,
        private_key=settings.vonage_private_key.get_secret_value(),
        route=route,
        url=settings.vonage_url,
        validity_minutes=settings.vonage_validity_minutes,
    )
    text, senders = _text(settings), _senders(settings)
    return VonageSms(vonage, text, senders, parts.http, parts.clock, parts.randomness)


def _vonage_receipts(settings: Settings, route: str, clock: Clock) -> ReceiptParser:
    from adapters.sms.vonage_receipts import VonageReceipts, VonageReceiptSettings

    vonage = VonageReceiptSettings(
        api_key=settings.vonage_api_key,
        signature_secret=settings.vonage_signature_secret.get_secret_value(),
        application_id=settings.vonage_application_id,
        route=route,
    )
    return VonageReceipts(vonage, clock)


def _smpp(settings: Settings, route: str, parts: Parts) -> Sms:
    from adapters.sms.smpp.alphabet import Alphabet
    from adapters.sms.smpp.settings import ReceiptIds, SmppSettings
    from adapters.sms.smpp.sms import SmppSms

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
    return SmppSms(smpp, _text(settings), _senders(settings), parts.clock, parts.take_receipt)


PROVIDERS: Mapping[SmsProvider, Provider] = {
    "kannel": Provider(
        needs=("kannel_username", "kannel_password"),
        build=_kannel,
        reports=lambda _: True,
        receipts=_kannel_receipts,
        url="kannel_url",
    ),
    "ovh": Provider(
        needs=("ovh_service", "ovh_application_key", "ovh_application_secret", "ovh_consumer_key"),
        build=_ovh,
        reports=lambda settings: settings.ovh_receipts,
        receipts=_ovh_receipts,
    ),
    "vonage": Provider(
        needs=("vonage_application_id", "vonage_private_key"),
        build=_vonage,
        reports=lambda settings: bool(settings.vonage_signature_secret.get_secret_value()),
        receipts=_vonage_receipts,
        url="vonage_url",
    ),
    "smpp": Provider(
        needs=("smpp_host", "smpp_system_id", "smpp_password"), build=_smpp, reports=lambda _: True
    ),
    "inbox": Provider(needs=(), build=_inbox, reports=lambda _: False),
}
"""Every provider that the settings know, by its name in them."""
