"""SmsText: writes the SMS with the password, in one segment whatever it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from core.locale import Locale
from core.messages import PasswordSms
from core.moments import written
from core.voting_round import PARIS

from .gsm0338 import to_gsm
from .lint import SmsTemplateRefused, lint

_SHORT = {Locale.FR: "%d/%m/%Y à %Hh%M", Locale.EN: "%Y-%m-%d at %H:%M"}
"""English is read where 01/07 is January: the year goes first (ISO 8601)."""
_LONGEST_MOMENT = datetime(2028, 9, 30, 21, 59, tzinfo=UTC)
"""30 September, 23:59 in Paris: no moment takes more characters."""


@dataclass(frozen=True)
class _Template:
    """One text, and how it writes the moment of issue."""

    text: str
    locale: Locale
    is_short: bool

    def at(self, moment: datetime) -> str:
        if self.is_short:
            return moment.astimezone(PARIS).strftime(_SHORT[self.locale])
        return written(moment, self.locale)


class SmsText:
    """Lints its templates once, here, for passwords of `password_length` characters.

    `templates` replaces the shipped texts of some locales, for the last SMS as well. Raises
    `SmsTemplateRefused`.
    """

    def __init__(self, password_length: int, templates: Mapping[Locale, str] | None = None) -> None:
        self._password_length = password_length
        own = templates or {}
        self._templates = {
            (locale, is_last): self._checked(locale, own.get(locale) or _shipped(locale, is_last))
            for locale in Locale
            for is_last in (False, True)
        }

    def _checked(self, locale: Locale, template: str) -> _Template:
        """The template, linted. Where the moment as it is written elsewhere does not fit, for a
        longer password or in a deployment's own text, it has the short one."""
        try:
            return self._linted(_Template(template, locale, is_short=False))
        except SmsTemplateRefused:
            pass
        try:
            return self._linted(_Template(template, locale, is_short=True))
        except SmsTemplateRefused as refusal:
            raise SmsTemplateRefused(f"SMS in {locale.name}: {refusal}") from None

    def _linted(self, template: _Template) -> _Template:
        lint(template.text, self._worst_case(template))
        return template

    def samples(self) -> list[str]:
        """The longest texts of each locale, in GSM 03.38 characters."""
        return [
            to_gsm(each.text.format_map(self._worst_case(each)))
            for each in self._templates.values()
        ]

    def _worst_case(self, template: _Template) -> dict[str, str]:
        return {"password": "W" * self._password_length, "issued": template.at(_LONGEST_MOMENT)}

    def write(self, message: PasswordSms) -> str:
        """The text, in GSM 03.38 characters; the password has a line of its own."""
        password = message.password.reveal()
        if len(password) > self._password_length:
            raise ValueError("the password is longer than the SMS was made for")
        template = self._templates[message.locale, message.is_last]
        issued = template.at(message.issued_at)
        return to_gsm(template.text.format(password=password, issued=issued))


def _shipped(locale: Locale, is_last: bool) -> str:
    name = f"last_password.{locale}.txt" if is_last else f"password.{locale}.txt"
    file = files("adapters.sms").joinpath("templates", name)
    return file.read_text("utf-8").rstrip("\n")
