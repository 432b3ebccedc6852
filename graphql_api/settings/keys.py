"""The secret keys."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from core.keys import Keyring, SecretKey

from .section import Section


def read_keys(text: str) -> Keyring:
    """`id:secret` pairs, newest first, with commas between; a secret is 32 bytes or more in
    base64url. Raises `ValueError` without quoting a secret."""
    keys: list[SecretKey] = []
    for pair in text.split(","):
        key_id, _, secret = pair.strip().partition(":")
        try:
            raw = urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
            keys.append(SecretKey(key_id, raw))
        except ValueError:
            raise ValueError(
                "write `id:secret`, newest first, with commas between; a secret is 32 bytes or "
                "more in base64url (make one with `reassort new-key`)"
            ) from None
    return Keyring(tuple(keys))


def _sound(text: SecretStr) -> SecretStr:
    read_keys(text.get_secret_value())
    return text


class KeySettings(Section):
    """Secrets"""

    keys: Annotated[SecretStr, AfterValidator(_sound)] = Field(
        description="Secret keys as `id:secret`, newest first, with commas between. The newest "
        "makes links, passwords and pseudonyms; older ones are still understood."
    )
    password_key_file: Path | None = Field(
        default=None,
        description="File of the password keys, made by `reassort new-password-key`: a copy of the "
        "same file on each machine, in a folder that the processes may write to. A day's key is "
        "destroyed when no SMS needs it. Empty: with SQLite a file beside the database, made at "
        "the first start; with PostgreSQL none, and passwords depend on `REASSORT_KEYS` alone.",
    )

    @property
    def keyring(self) -> Keyring:
        return read_keys(self.keys.get_secret_value())
