"""By what an operator is known: a secret, and the codes that an app makes of it (R47)."""

from datetime import datetime
from typing import Protocol


class OperatorCodes(Protocol):
    """Codes of six digits that change with time (RFC 6238)."""

    def address(self, name: str, secret: bytes) -> str:
        """The `otpauth:` address from which an app takes the secret."""
        ...

    def step_of(self, secret: bytes, code: str, now: datetime) -> int | None:
        """The time step whose code this is: the present one or a neighbour; None: of none."""
        ...
