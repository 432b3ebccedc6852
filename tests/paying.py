"""Paying for a security code, as a page does."""

from __future__ import annotations

from hashlib import sha256
from itertools import count


def proof_for(price: str) -> str:
    """The smallest proof that solves a challenge `sha256:<bits>:<hex>`."""
    begun, zeros = sha256(f"{price}:".encode()), 256 - int(price.split(":")[1])
    for number in count():
        tried = begun.copy()
        tried.update(b"%d" % number)
        if int.from_bytes(tried.digest()) >> zeros == 0:
            return str(number)
    raise AssertionError("unreachable")
