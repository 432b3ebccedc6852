"""A linter for SMS templates: what one voter's phone cannot show, none is sent (R33)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .gsm0338 import SEPTETS, foreign, septets, to_gsm

_ADDRESS = re.compile(r"https?:|//|www\.|[\w-]\.[a-z]{2,}", re.IGNORECASE)
"""Whatever a phone would turn into a link: also "reçu.Seul", where a space is missing."""


class SmsTemplateRefused(ValueError):
    """The template breaks a rule, which `str()` tells."""


def lint(template: str, worst_case: Mapping[str, str]) -> None:
    """Raises `SmsTemplateRefused` unless the template, filled with the longest values that there
    can be, is one GSM 03.38 segment without an address to tap on.

    Fields are written `{name}`, each on a line of `worst_case`; all of them must be used.
    """
    filled = to_gsm(_filled(template, worst_case))
    if strangers := foreign(filled):
        raise SmsTemplateRefused(f"outside GSM 03.38: {' '.join(map(ascii, strangers))}")
    if (length := septets(filled)) > SEPTETS:
        raise SmsTemplateRefused(f"{length} septets at worst, more than the {SEPTETS} of one SMS")
    if _ADDRESS.search(filled):
        raise SmsTemplateRefused("an SMS with a password holds nothing that looks like a URL")


def _filled(template: str, values: Mapping[str, str]) -> str:
    for name in values:
        if f"{{{name}}}" not in template:
            raise SmsTemplateRefused(f"the field {{{name}}} is missing")
    try:
        return template.format_map(values)
    except (KeyError, ValueError, IndexError) as problem:
        raise SmsTemplateRefused(f"not a template: {problem}") from None
