"""What the settings of every subject have in common."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from typing import ClassVar

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "REASSORT_"


class Section(BaseSettings):
    """The settings of one subject: one file, one class, joined by `Settings`.

    The first line of the class's docstring is the section's title in the reference. Names are
    `REASSORT_` and the field's name in capitals, unless the field has a `validation_alias`, whose
    last choice is then the variable.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        defer_build=True,  # thirty sections are never read alone
    )

    port: ClassVar[str] = ""
    """The field of `Ports` that these settings choose the adapter of, if any: a host that brings
    its own adapter need not give what the section's adapters need."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given, then the environment, if it names any of them. No files. Asking in vain
        takes as long as all else."""
        named = any(each.upper() in _variables(cls) for each in os.environ)
        return (init_settings, env_settings) if named else (init_settings,)

    def needed(self) -> Iterable[str]:
        """The fields of this section that what was chosen in it cannot do without."""
        return ()


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a field, as it is documented."""
    if isinstance(field.validation_alias, AliasChoices):
        return str(field.validation_alias.choices[-1])
    return PREFIX + name.upper()


@cache
def _variables(section: type[BaseSettings]) -> frozenset[str]:
    """Every name in capitals: the environment's letters may be of either kind."""
    found: set[str] = set()
    for name, field in section.model_fields.items():
        alias = field.validation_alias
        choices = alias.choices if isinstance(alias, AliasChoices) else [alias or PREFIX + name]
        found |= {str(each).upper() for each in choices}
    return frozenset(found)
