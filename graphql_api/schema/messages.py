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


def say_of(code: str, case: str, locale: Locale, **values: object) -> str:
    """The message for a case of a code, `CODE.1` for example, or for the code without."""
    key = f"{code}.{case}"
    return say(key if key in catalogue(locale) else code, locale, **values)


def say(code: str, locale: Locale, **values: object) -> str:
    """The message for a code. Raises `KeyError` for a code without one: a test finds it first."""
    return catalogue(locale)[code].format(**values)
