"""The accounts with SMS providers. A route of the table may differ in any of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from .section import Section

SmsProvider = Literal["kannel", "ovh", "vonage", "smpp", "inbox"]
"""The names of the providers. `graphql_api/compose/sms_providers.py` has a row for each."""

CHOICE = (
    "`kannel`: a Kannel gateway; `ovh`: OVHcloud's SMS API; `vonage`: Vonage's Messages API; "
    "`smpp`: an operator's SMSC; `inbox`: kept in a file and shown at `/dev/inbox`, for trials "
    "only. For several, see SMS routes."
)
"""The names, as the settings page explains them."""


def _statuses(value: object) -> object:
    return [] if value in (None, "") else value


_Text = TypeVar("_Text", str, SecretStr)


def _in_a_header(value: _Text) -> _Text:
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if " " in text or not text.isascii() or not text.isprintable():
        raise ValueError("it goes into a header: printable ASCII without spaces")
    return value


HeaderText = Annotated[str, AfterValidator(_in_a_header)]
HeaderSecret = Annotated[SecretStr, AfterValidator(_in_a_header)]


class SmsProviderSettings(Section):
    """SMS providers"""

    kannel_url: str = Field(
        default="http://127.0.0.1:13013/cgi-bin/sendsms", description="Kannel's sendsms address."
    )
    kannel_username: HeaderText = Field(default="", description="Kannel's sendsms user.")
    kannel_password: HeaderSecret = Field(
        default=SecretStr(""), description="Kannel's sendsms password."
    )
    kannel_smsc: HeaderText = Field(
        default="", description="The SMSC that Kannel is to use; empty: any."
    )
    kannel_validity_minutes: int = Field(
        default=360, ge=1, le=4320, description="Kannel: minutes for which it and the SMSC try."
    )
    ovh_service: str = Field(default="", description="OVHcloud: name of the SMS service.")
    ovh_application_key: HeaderText = Field(default="", description="OVHcloud: application key.")
    ovh_application_secret: SecretStr = Field(
        default=SecretStr(""), description="OVHcloud: application secret."
    )
    ovh_consumer_key: HeaderSecret = Field(
        default=SecretStr(""), description="OVHcloud: consumer key."
    )
    ovh_receipts: bool = Field(
        default=False,
        description="OVHcloud: take its receipts, which are not signed: whoever learns the address "
        "that they go to can forge them.",
    )
    vonage_url: str = Field(
        default="https://api-eu.nexmo.com", description="Vonage: address of the Messages API."
    )
    vonage_application_id: str = Field(default="", description="Vonage: application id.")
    vonage_private_key: SecretStr = Field(
        default=SecretStr(""), description="Vonage: the application's private key, PEM."
    )
    vonage_validity_minutes: int = Field(
        default=360, ge=1, le=4320, description="Vonage: minutes for which it tries."
    )
    vonage_api_key: str = Field(
        default="", description="Vonage: the account's API key, which signed receipts name."
    )
    vonage_signature_secret: SecretStr = Field(
        default=SecretStr(""),
        description="Vonage: the secret that receipts are signed with; empty: none are taken.",
    )
    smpp_host: str = Field(default="", description="SMPP: the SMSC's host.")
    smpp_port: int = Field(default=2775, ge=1, le=65535, description="SMPP: the SMSC's port.")
    smpp_system_id: str = Field(default="", description="SMPP: the account.")
    smpp_password: SecretStr = Field(
        default=SecretStr(""), description="SMPP: the account's password."
    )
    smpp_tls: bool = Field(default=False, description="SMPP: TLS from the first byte.")
    smpp_ca_file: Path | None = Field(
        default=None, description="SMPP: certificates to trust in place of the system's."
    )
    smpp_window: int = Field(
        default=10, ge=1, le=1000, description="SMPP: messages on their way at once."
    )
    smpp_system_type: str = Field(default="", description="SMPP: if the operator wants one.")
    smpp_service_type: str = Field(default="", description="SMPP: if the operator wants one.")
    smpp_validity_minutes: int | None = Field(
        default=None, ge=1, description="SMPP: after this long the SMSC gives up."
    )
    smpp_alphabet: Literal["gsm", "latin1", "ascii"] = Field(
        default="gsm",
        description="SMPP: the SMSC's default alphabet: GSM 03.38, Latin-1, or ASCII (letters go "
        "without their accents).",
    )
    smpp_receipt_ids: Literal["auto", "same", "hex_to_decimal", "decimal_to_hex"] = Field(
        default="auto", description="SMPP: how receipts write the number of a message."
    )
    smpp_utc_offset_minutes: int = Field(
        default=0, ge=-840, le=840, description="SMPP: the SMSC's clock, minutes before UTC's."
    )
    smpp_operator_tag: int | None = Field(
        default=None, description="SMPP: the vendor's parameter that holds the network."
    )
    smpp_refusals: Annotated[frozenset[int], BeforeValidator(_statuses)] = Field(
        default=frozenset(), description="SMPP: further statuses that mean no, as JSON."
    )
