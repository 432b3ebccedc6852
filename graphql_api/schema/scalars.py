"""Scalars of our own. Hosts that merge our types pass `SCALAR_MAP` to their schema."""

from __future__ import annotations

from base64 import b64encode
from typing import NewType

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from core.security_code import Media

from .names import RememberedNames

DataUri = NewType("DataUri", str)

SCALAR_MAP: dict[object, ScalarDefinition] = {
    DataUri: strawberry.scalar(
        name="DataUri",
        description="A picture or a sound, ready for an `src` attribute: `data:<type>;base64,...`",
        serialize=str,
        parse_value=str,
    ),
}


def data_uri(media: Media) -> DataUri:
    """The media as a `data:` address."""
    return DataUri(f"data:{media.mime};base64,{b64encode(media.content).decode('ascii')}")


def config() -> StrawberryConfig:
    """The schema settings that our types need."""
    return StrawberryConfig(
        name_converter=RememberedNames(), scalar_map=SCALAR_MAP, disable_field_suggestions=True
    )
