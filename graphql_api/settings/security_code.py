"""What tells people from programs."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import AliasChoices, Field

from core.code_price import BITS

from .section import PREFIX, Section


class SecurityCodeSettings(Section):
    """The security code"""

    port: ClassVar[str] = "captcha"

    security_code_kind: Literal["digits"] = Field(
        default="digits",
        validation_alias=AliasChoices("security_code_kind", PREFIX + "SECURITY_CODE"),
        description="`digits`: four digits as a picture and as a sound.",
    )
    security_code_stock: Path | None = Field(
        default=None,
        description="Folder that `reassort new-security-code-stock` has made: shapes and voices of "
        "this deployment, alike on each machine. Empty: those that are published with the code.",
    )
    security_code_price: Literal["off", "offered", "required"] = Field(
        default="offered",
        description="`offered`: who calls without credentials may pay for the digits by a "
        "computation, and without that has a quarter of `REASSORT_NETWORK_LIMIT`. `required`: has "
        "to. `off`: the digits cost nothing.",
    )
    security_code_price_bits: int = Field(
        default=BITS,
        ge=8,
        le=26,
        description="Of zeros that the computation has to find: each more doubles it. 19 take half "
        "a second of a desktop's core, some seconds of an old telephone's.",
    )
