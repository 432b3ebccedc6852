"""The SMS with the password: who carries it, and under which name."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field, field_validator

from .section import Section
from .sms_providers import CHOICE, SmsProvider


class SmsSettings(Section):
    """SMS"""

    port: ClassVar[str] = "sms"

    sms: SmsProvider = Field(default="kannel", description=CHOICE)
    sms_sender: str = Field(
        default="VOTE", description="Sender ID: at most 11 letters and digits, or a number."
    )
    sms_senders_by_prefix: dict[str, str] = Field(
        default_factory=dict,
        description='Other sender IDs by E.164 prefix, as JSON: `{"+1": "+15550100"}`. The '
        "longest prefix wins.",
    )
    sms_receipt_within: float = Field(
        default=300,
        gt=0,
        description="Seconds that a receipt is waited for, on routes that give receipts and do not "
        "say it themselves.",
    )
    receipts_url: str = Field(
        default="",
        description="Address of `/receipts` as providers reach it: "
        "`https://vote.example.org/receipts`. Empty: receipts come by SMPP only.",
    )

    @field_validator("sms_sender")
    @classmethod
    def _sender_id(cls, text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]{1,11}|\+?\d{3,15}", text):
            raise ValueError("a sender ID is at most 11 letters and digits, or a number")
        return text
