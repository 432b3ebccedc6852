"""What a voter reads on the screen: one catalogue a language, in `locales/`, keyed by code."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files

from core.locale import Locale


@cache
def catalogue(locale: Locale) -> dict[str, str]:
    """All messages of one language."""
    text = files("graphql_api.schema.locales").joinpath(f"{locale.value}.json").read_text("utf-8")
    return json.loads(text)


def say(code: str, locale: Locale, **values: object) -> str:
    """The message for a code, or of one of its cases, `CODE.1`, where a value is that. Raises
    `KeyError` for a code without one: a test finds it first."""
    if not values:
        return _said(code, locale)
    texts = catalogue(locale)
    cases = (texts.get(f"{code}.{value}") for value in values.values())
    return next(filter(None, cases), texts[code]).format(**values)


@cache
def _said(code: str, locale: Locale) -> str:
    return catalogue(locale)[code].format()
