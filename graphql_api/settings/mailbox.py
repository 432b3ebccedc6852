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


Mailbox = Annotated[str, AfterValidator(_mailbox)]
"""An address, or nothing."""
