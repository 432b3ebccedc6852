"""What tells people from programs."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import AliasChoices, Field

from .section import PREFIX, Section


class SecurityCodeSettings(Section):
    """The security code"""

    port: ClassVar[str] = "captcha"

    security_code_kind: Literal["digits"] = Field(
        default="digits",
        validation_alias=AliasChoices("security_code_kind", PREFIX + "SECURITY_CODE"),
        description="`digits`: four digits as a picture and as a sound.",
    )
