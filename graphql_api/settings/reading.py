"""Reading the settings, and saying which are wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_settings import SettingsError

from core.errors import ConfigurationRefused

from .deployment import Settings
from .section import variable

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class SettingsRefused(ConfigurationRefused, ValueError):
    """One or more settings are wrong. The text names each with its reason, one a line, and never
    its value. A `ValueError` as well: release 0.2.0 let what an adapter refuses through as that,
    and hosts catch it."""


def read_settings(**given: object) -> Settings:
    """The settings from the environment, `given` ones first. Raises `SettingsRefused`."""
    try:
        return Settings(**given)  # pyright: ignore[reportArgumentType]
    except ValidationError as refusal:
        raise SettingsRefused("\n".join(_named(each) for each in refusal.errors())) from None
    except SettingsError as refusal:
        field = re.search(r'field "(\w+)"', str(refusal))
        name = _variable(field[1]) if field else "a setting"
        raise SettingsRefused(f"{name}: this is not JSON") from None


@contextmanager
def refused_at(place: str) -> Iterator[None]:
    """What an adapter refuses (`ValueError`) is said of the settings at `place`, as
    `SettingsRefused`."""
    try:
        yield
    except ConfigurationRefused:
        raise
    except ValueError as refusal:
        raise SettingsRefused(f"{place}: {refusal}") from None


def _named(error: ErrorDetails) -> str:
    place = [str(part) for part in error["loc"]]
    name = place[0] if place else ""
    reason = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing" and name == "keys":
        reason = "needed: make a key with `reassort new-key`"
    where = f" ({'.'.join(place[1:])})" if place[1:] else ""
    return f"{_variable(name)}{where}: {reason}" if name else reason


def _variable(name: str) -> str:
    field = Settings.model_fields.get(name)
    return variable(name, field) if field else name
