"""The cell that helps voters."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from core.locale import Locale

from .mailbox import Mailbox
from .section import Section

HourPairs = Annotated[dict[str, str], BeforeValidator(lambda value: value or {})]


class AssistanceSettings(Section):
    """Assistance"""

    assistance_email: Mailbox = Field(
        default="assistance@example.org",
        description="Mailbox of the assistance cell: messages from the help form go there.",
    )
    assistance_phone: str = Field(default="", description="The cell's number, as shown to voters.")
    assistance_hours: HourPairs = Field(
        default_factory=dict,
        description='Opening hours by language, as JSON: `{"fr": ..., "en": ...}`.',
    )

    @property
    def hours_by_locale(self) -> dict[Locale, str]:
        """The opening hours; raises `ValueError` for a language that there is not."""
        return {Locale(code): text for code, text in self.assistance_hours.items()}
