"""The price of a security code: a computation, done by the device while the voter types (R27).

Programs read our pictures about as well as people do, so a code is also paid for: the caller finds
a number that makes a SHA-256 begin with zero bits. Finding it takes a page half a second, checking
it takes us microseconds. Nothing is stored: the challenge follows from the code's id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256

from core.keys import Keyring, Purpose

BITS = 19
"""Of zeros that are asked for: 2^19 hashes on average."""
_PROOF = re.compile(r"[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True)
class CodePrice:
    """A proof is one to sixteen decimal digits, such that the SHA-256 of `<challenge>:<proof>`
    begins with `bits` zero bits; the challenge is `sha256:<bits>:<32 hex digits>`."""

    keyring: Keyring
    bits: int = BITS

    def of(self, code_id: str) -> str:
        """The challenge that belongs to this code, the same each time."""
        return self._challenge(self.keyring.tag(Purpose.CODE_PRICE, code_id))

    def is_paid(self, code_id: str, proof: str | None) -> bool:
        """Whether `proof` solves the code's challenge, as any key of the ring makes it."""
        if proof is None or not _PROOF.fullmatch(proof):
            return False
        tags = self.keyring.tags(Purpose.CODE_PRICE, code_id)
        return any(self._is_solved(self._challenge(tag), proof) for tag in tags)

    def _challenge(self, tag: str) -> str:
        return f"sha256:{self.bits}:{tag}"

    def _is_solved(self, challenge: str, proof: str) -> bool:
        digest = sha256(f"{challenge}:{proof}".encode("ascii")).digest()
        return int.from_bytes(digest) >> (256 - self.bits) == 0
