"""The portal's credential store: where the new password comes into force."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.password_issuer import Password
from core.voter import Numic


@dataclass(frozen=True)
class Issuance:
    """Which renewal a password comes from. The later `issued_at` wins; ties go to the larger id."""

    request_id: str
    round_id: str
    issued_at: datetime


class Credentials(Protocol):
    """Takes passwords; keeps nothing but an argon2id hash of the newest (R19, R21)."""

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        """Make this the voter's only password. Repeating the call changes nothing.

        False, and nothing is changed, when the store already holds a password of a later issuance.
        Raises `CredentialsUnavailable` when it cannot be known whether the password is in force,
        and `CredentialsRefused` when this voter's account is locked, so that no password opens it,
        or when a policy refuses the password: then the one before it is as it was.
        """
        ...
