"""E-mail addresses of our own, as they are written in a setting."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from core.errors import InvalidFields
from core.voter import EmailAddress


def _mailbox(text: str) -> str:
    try:
        return EmailAddress.parse(text).value if text else text
    except InvalidFields:
        raise ValueError("this is not an e-mail address") from None


def _one_a_sending(text: str) -> str:
    local, _, _ = text.rpartition("@")
    if text and (local.count("{sending}") != 1 or text.count("{") != 1):
        raise ValueError("this holds `{sending}` once, before the `@`")
    _mailbox(text.replace("{sending}", "1"))
    return text


MailboxTemplate = Annotated[str, AfterValidator(_one_a_sending)]
"""An address that holds `{sending}` before its `@`, or nothing."""

Mailbox = Annotated[str, AfterValidator(_mailbox)]
"""An address, or nothing."""
