"""PasswordIssuer: from a random seed to the voter's new password (R11, R20).

The database holds the seed only until the SMS is handed over, and the seed is worthless without
keys that are not in the database. Any retry derives the same password: sending twice does no harm.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from core.password_keys import PasswordKeys
from core.policy import RenewalPolicy

SEED_BYTES = 32


@dataclass(frozen=True, repr=False)
class Password:
    """A plaintext password, in memory only. Neither `str` nor `repr` shows it; `reveal` does."""

    _plain: str = field(repr=False)

    def reveal(self) -> str:
        """The plaintext: for the credential store's hash and for the SMS, nowhere else."""
        return self._plain

    def __repr__(self) -> str:
        return "Password(…)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a password is never pickled: it exists in memory only")


@dataclass(frozen=True)
class PasswordIssuer:
    """Derives passwords under the policy's alphabet and length."""

    keys: PasswordKeys
    policy: RenewalPolicy

    @property
    def key_id(self) -> str:
        """The key with which new seeds are to be used: store it beside the seed. Raises
        `KeyUnavailable`."""
        return self.keys.current()

    def derive(self, request_id: str, seed: bytes, key_id: str) -> Password:
        """The password of this request: the same for the same arguments and policy.

        Each symbol takes one digit of a 512-bit number written in the alphabet's base: five bits a
        symbol for 32 symbols; for other sizes the bias is below 2^-100. Raises `KeyUnavailable`.
        """
        key = self.keys.mac(seed + request_id.encode(), key_id)
        number = int.from_bytes(hmac.digest(key, b"symbols", hashlib.sha512))
        symbols: list[str] = []
        for _ in range(self.policy.password_length):
            number, digit = divmod(number, len(self.policy.password_alphabet))
            symbols.append(self.policy.password_alphabet[digit])
        return Password("".join(symbols))
