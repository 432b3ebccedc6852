"""Alerts: when they are over, and whom they reach."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from core.web_address import is_https_or_on_this_machine

from .mailbox import Mailbox
from .section import Section

_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64
"""Bytes of a secret, as Standard Webhooks has it."""


def read_webhook_secrets(text: str) -> tuple[bytes, ...]:
    """Newest first, with commas between. Raises `ValueError` without quoting a secret."""
    return tuple(_read_secret(each.strip()) for each in text.split(",") if each.strip())


def _read_secret(text: str) -> bytes:
    try:
        secret = b64decode(text.removeprefix(_PREFIX), validate=True)
    except ValueError:
        secret = b""
    if not text.startswith(_PREFIX) or not _SHORTEST <= len(secret) <= _LONGEST:
        raise ValueError(f"a webhook's secret is `{_PREFIX}` and 24 to 64 bytes in base64")
    return secret


def _secrets(text: SecretStr) -> SecretStr:
    read_webhook_secrets(text.get_secret_value())
    return text


def _address(url: str) -> str:
    if url and not is_https_or_on_this_machine(url):
        raise ValueError("a webhook's address begins with https://")
    return url


class AlertSettings(Section):
    """Alerts"""

    alert_late: float = Field(
        default=300, gt=0, description="Seconds for which a job may be due, and taken by nobody."
    )
    alert_dead: int = Field(
        default=0, ge=0, description="Dead letters that there may be without an alert."
    )
    alert_unreached_untold: int = Field(
        default=20,
        ge=0,
        description="Voters who may be unreached before somebody is told; the log tells of more "
        "than `REASSORT_ALERT_UNREACHED`. One in a hundred of those who are expected.",
    )
    alert_doubt: float = Field(
        default=0.0001,
        gt=0,
        lt=1,
        description="How improbable it has to be that so few messages arrive by chance, if "
        "`REASSORT_ALERT_BELOW` of all did, before somebody is told.",
    )
    alert_calm: float = Field(
        default=600,
        gt=0,
        description="Seconds for which what an alert is about must be gone before it is resolved; "
        "twice, four and eight times as long when it came back.",
    )
    alert_reopens: float = Field(
        default=3600,
        gt=0,
        description="Seconds after its resolution within which what comes back opens the same "
        "alert again.",
    )
    alert_repeat: float = Field(
        default=900,
        gt=0,
        description="Seconds after which an alert that nobody has acknowledged is told to "
        "`REASSORT_ALERT_SECOND_EMAIL`.",
    )
    alert_email: Mailbox = Field(
        default="", description="Who is told of alerts by e-mail, by the routes of all e-mails."
    )
    alert_second_email: Mailbox = Field(
        default="", description="Who is told of an alert that nobody has acknowledged."
    )
    alert_webhook_url: Annotated[str, AfterValidator(_address)] = Field(
        default="",
        description="Where alerts are posted as well, signed as Standard Webhooks has it. https, "
        "but to this machine; without credentials, query and other secrets: it stands in the log.",
    )
    alert_webhook_secrets: Annotated[SecretStr, AfterValidator(_secrets)] = Field(
        default=SecretStr(""),
        description="Secrets of the webhook, newest first, with commas between: `whsec_` and 24 to "
        "64 bytes in base64. Each of them signs, so that one can be replaced without a stop.",
    )

    def needed(self) -> Iterable[str]:
        if self.alert_webhook_url:
            yield "alert_webhook_secrets"
