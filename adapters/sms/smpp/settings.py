"""SmppSettings: one account with one SMSC."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from .alphabet import Alphabet

_LONGEST_PASSWORD = 64
"""The specification has 8; more than one operator hands out longer ones."""


class ReceiptIds(StrEnum):
    """How a receipt names the message that `submit_sm_resp` named first. Appendix B wants decimal
    digits, the response may hold anything, and more than one SMSC writes one number both ways.
    Case and leading zeros of numbers never count."""

    SAME = "same"
    HEX_TO_DECIMAL = "hex_to_decimal"
    """Hexadecimal in the response, decimal in the receipt."""
    DECIMAL_TO_HEX = "decimal_to_hex"
    AUTO = "auto"
    """The same; what that does not tie is read in the other ways once it can mean one SMS only."""


@dataclass(frozen=True)
class SmppSettings:
    """Times in seconds, unless a name says otherwise. `ValueError` for what cannot be."""

    host: str
    system_id: str
    password: str = field(repr=False)
    port: int = 2775
    system_type: str = ""
    service_type: str = ""
    route: str = "smpp"
    tls: bool = False
    ca_file: Path | None = None
    """Certificates to trust in place of the usual ones."""
    window: int = 10
    """`submit_sm` on their way at once; the operator says how many it takes."""
    validity_minutes: int | None = None
    """After this long the SMSC gives up; without it, when it likes."""
    alphabet: Alphabet = Alphabet.GSM
    """The SMSC's default alphabet."""
    receipt_ids: ReceiptIds = ReceiptIds.AUTO
    utc_offset_minutes: int = 0
    """Of the SMSC's clock: the dates in receipts have no zone."""
    operator_tag: int | None = None
    """The vendor's optional parameter (0x1400 to 0x3FFF) with the network, such as "20801"."""
    refusals: frozenset[int] = frozenset()
    """Further statuses of `submit_sm_resp` that are about the message: never tried again."""
    connect_timeout: float = 10
    response_timeout: float = 10
    """For an answer of the SMSC's, for a place in the window, and for the taking of a receipt."""
    enquire_every: float = 30
    """How long the SMSC may be silent before it is asked whether it is there."""
    first_wait: float = 1
    longest_wait: float = 60
    """Between two attempts to bind, and of the pauses after a throttling: doubling."""

    def __post_init__(self) -> None:
        _require_name(self.host, "host", 255)
        _require_name(self.system_id, "system id", 15)
        _require_name(self.password, "password", _LONGEST_PASSWORD)
        _require_name(self.system_type or "-", "system type", 12)
        _require_name(self.service_type or "-", "service type", 5)
        if self.window < 1 or not 0 < self.port < 2**16:
            raise ValueError("window and port begin with 1")
        validity = self.validity_minutes
        if validity is not None and not 0 < validity < timedelta(days=28) / timedelta(minutes=1):
            raise ValueError("a validity is less than 28 days")
        if abs(self.utc_offset_minutes) > 14 * 60:
            raise ValueError("no clock is that far from UTC")

    @property
    def validity_period(self) -> str:
        """Relative (7.1.1.2): YYMMDDhhmmss, three zeroes, R."""
        if self.validity_minutes is None:
            return ""
        hours, minutes = divmod(self.validity_minutes, 60)
        days, hours = divmod(hours, 24)
        return f"0000{days:02}{hours:02}{minutes:02}00000R"

    def ssl_context(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.ca_file) if self.tls else None


def _require_name(value: str, what: str, longest: int) -> None:
    """The values are not repeated: one is a password."""
    if not value or len(value) > longest or not value.isascii() or not value.isprintable():
        raise ValueError(f"SMPP's {what} is 1 to {longest} printable ASCII characters")
