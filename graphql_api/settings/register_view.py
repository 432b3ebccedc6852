"""The register as a view in the consulate's own PostgreSQL."""

from __future__ import annotations

import re
from typing import ClassVar

from pydantic import Field, SecretStr, field_validator

from .section import Section

_COLUMN = "^([a-z_][a-z0-9_]{0,62})?$"
_KEY = re.compile(r"(?:[0-9a-fA-F]{2}){32,}")


class RegisterViewSettings(Section):
    """A register as a PostgreSQL view"""

    port: ClassVar[str] = "register"

    register_view_url: SecretStr = Field(
        default=SecretStr(""),
        description="The consulate's database: `postgresql://reader:password@host/database?"
        "sslmode=verify-full`.",
    )
    register_view: str = Field(
        default="reassort_voter",
        pattern="^[a-z_][a-z0-9_]{0,62}$",
        description="The view's name.",
    )
    register_view_schema: str = Field(
        default="public", pattern="^[a-z_][a-z0-9_]{0,62}$", description="The view's schema."
    )
    register_view_default_region: str = Field(
        default="",
        description="Country (ISO 3166: `FR`) of phone numbers without country code; empty: those "
        "are absent.",
    )
    register_view_hash_key: SecretStr = Field(
        default=SecretStr(""),
        description="The key of `identifier_hash`, in hexadecimal; empty: the view has "
        "`identifier`.",
    )

    register_view_constituency: str = Field(
        default="",
        pattern=_COLUMN,
        description="Column of the voter's constituency; empty: the view has none.",
    )
    register_view_post: str = Field(
        default="",
        pattern=_COLUMN,
        description="Column of the consular post at which the voter is registered; empty: none.",
    )

    @field_validator("register_view_url")
    @classmethod
    def _postgresql(cls, url: SecretStr) -> SecretStr:
        if not re.match(r"postgres(?:ql)?://.|$", url.get_secret_value()):
            raise ValueError("write `postgresql://user@host/database`")
        return url

    @field_validator("register_view_hash_key")
    @classmethod
    def _hexadecimal(cls, key: SecretStr) -> SecretStr:
        if key.get_secret_value() and not _KEY.fullmatch(key.get_secret_value()):
            raise ValueError("write 32 bytes or more in hexadecimal")
        return key
