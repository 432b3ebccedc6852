"""AssistanceRequest: a voter's message to the assistance cell (« cellule d'assistance », R1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.errors import FieldProblem, InvalidFields
from core.locale import Locale
from core.typed_text import without_unseen
from core.voter import EmailAddress

LONGEST_MESSAGE = 2000
"""Characters."""


class AssistanceTopic(StrEnum):
    """What the voter needs help with."""

    PASSWORD = "password"
    IDENTIFIER = "identifier"
    PHONE_NUMBER = "phone_number"
    EMAIL_ADDRESS = "email_address"
    OTHER = "other"


@dataclass(frozen=True)
class AssistanceRequest:
    """One message to the cell. Its text and address are wiped when the cell has them."""

    id: str
    reference: str
    """What the voter is told and quotes on the phone: 8 unambiguous symbols."""
    topic: AssistanceTopic
    contact: EmailAddress | None
    message: str | None
    locale: Locale
    received_at: datetime

    def handed_over(self) -> AssistanceRequest:
        """The assistance cell's mailbox has the message: forget what it says."""
        return replace(self, contact=None, message=None)


def parse_message(text: str, field: str = "message") -> str:
    """Trimmed text of 1 to `LONGEST_MESSAGE` characters, without those that nobody sees; control
    characters are refused."""
    message = without_unseen(text).strip()
    if not message:
        raise InvalidFields(FieldProblem(field, "REQUIRED"))
    if len(message) > LONGEST_MESSAGE:
        raise InvalidFields(FieldProblem(field, "TOO_LONG"))
    if any(not (each.isprintable() or each in "\r\n\t\u00a0\u202f") for each in message):
        raise InvalidFields(FieldProblem(field, "MALFORMED"))
    return message
