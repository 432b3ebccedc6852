"""SmsText: writes the SMS with the password, in one segment whatever it holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files

from core.locale import Locale
from core.messages import PasswordSms
from core.voting_round import PARIS

from .gsm0338 import to_gsm
from .lint import SmsTemplateRefused, lint

_DATES = {Locale.FR: "%d/%m/%Y à %Hh%M", Locale.EN: "%d/%m/%Y at %H:%M"}


class SmsText:
    """Lints its templates once, here, for passwords of `password_length` characters.

    `templates` replaces the shipped texts of some locales, for the last SMS as well. Raises
    `SmsTemplateRefused`.
    """

    def __init__(self, password_length: int, templates: Mapping[Locale, str] | None = None) -> None:
        self._password_length = password_length
        own = templates or {}
        self._templates = {
            (locale, is_last): own.get(locale) or _shipped(locale, is_last)
            for locale in Locale
            for is_last in (False, True)
        }
        for (locale, _), template in self._templates.items():
            try:
                lint(template, self._worst_case(locale))
            except SmsTemplateRefused as refusal:
                raise SmsTemplateRefused(f"SMS in {locale.name}: {refusal}") from None

    def samples(self) -> list[str]:
        """The longest texts of each locale, in GSM 03.38 characters."""
        return [
            to_gsm(template.format_map(self._worst_case(locale)))
            for (locale, _), template in self._templates.items()
        ]

    def _worst_case(self, locale: Locale) -> dict[str, str]:
        issued = datetime(2028, 12, 30, 23, 59, tzinfo=UTC).strftime(_DATES[locale])
        return {"password": "W" * self._password_length, "issued": issued}

    def write(self, message: PasswordSms) -> str:
        """The text, in GSM 03.38 characters; the password has a line of its own."""
        password = message.password.reveal()
        if len(password) > self._password_length:
            raise ValueError("the password is longer than the SMS was made for")
        issued = message.issued_at.astimezone(PARIS)
        return to_gsm(
            self._templates[message.locale, message.is_last].format(
                password=password, issued=issued.strftime(_DATES[message.locale])
            )
        )


def _shipped(locale: Locale, is_last: bool) -> str:
    name = f"last_password.{locale}.txt" if is_last else f"password.{locale}.txt"
    file = files("adapters.sms").joinpath("templates", name)
    return file.read_text("utf-8").rstrip("\n")
