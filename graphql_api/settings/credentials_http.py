"""The credential store behind a signed call to the portal."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from .section import Section

_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}:(?:[0-9a-fA-F]{2}){32,}")


NEEDED = ("credentials_http_url", "credentials_http_key")


class HttpCredentialsSettings(Section):
    """Credentials over HTTP"""

    port: ClassVar[str] = "credentials"

    credentials_http_url: str = Field(
        default="",
        description="Where the portal takes passwords. https, but to this very machine.",
    )
    credentials_http_key: SecretStr = Field(
        default=SecretStr(""),
        description="The key that signs, as `id:secret`; the secret is 32 bytes or more in "
        "hexadecimal (`openssl rand -hex 32`).",
    )
    credentials_http_send: Literal["hash", "password"] = Field(
        default="hash",
        description="`hash`: argon2id, in PHC form; `password`: for a portal that must hash by "
        "itself.",
    )
    credentials_http_ca_file: Path | None = Field(
        default=None, description="Certificates to trust in place of the system's."
    )
    credentials_http_deadline: float = Field(
        default=10, gt=0, description="Seconds for one call, to the last byte of its answer."
    )

    @field_validator("credentials_http_key")
    @classmethod
    def _signing_key(cls, key: SecretStr) -> SecretStr:
        if key.get_secret_value() and not _KEY.fullmatch(key.get_secret_value()):
            raise ValueError("write `id:secret`, the secret 32 bytes or more in hexadecimal")
        return key
