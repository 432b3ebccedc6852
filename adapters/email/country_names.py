"""How countries are called in e-mails."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from phonenumbers import country_code_for_region

from core.locale import Locale


def country_name(country: str, locale: Locale) -> str | None:
    """« Suisse » for an ISO 3166 code; None for a country that has no name here."""
    return _names().get((country, locale))


def country_with_code(country: str, locale: Locale) -> str | None:
    """« Suisse (+41) » for an ISO 3166 code; None for a country that has no name here."""
    name = _names().get((country, locale))
    return name and f"{name} (+{country_code_for_region(country)})"


@cache
def _names() -> Mapping[tuple[str, Locale], str]:
    table = files("adapters.email").joinpath("countries.csv").read_text("utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    return {(row["code"], locale): row[locale.value] for row in rows for locale in Locale}
