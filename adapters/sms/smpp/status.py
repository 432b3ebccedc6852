"""What the SMSC's `command_status` means for us (5.1.3)."""

from __future__ import annotations

from core.errors import MessageDeferred, MessageRefused

OK = 0x00
INVALID_COMMAND = 0x03
INVALID_BIND_STATUS = 0x04
QUEUE_FULL = 0x14
THROTTLED = 0x58
TRY_AGAIN = 0x64
"""`ESME_RX_T_APPN`: our answer to a receipt that we could not write down."""
NEVER = 0x66
"""`ESME_RX_R_APPN`: our answer to a `deliver_sm` that nobody can read."""

SLOW_DOWN = frozenset({QUEUE_FULL, THROTTLED})
"""About the connection, not about this message: all of it pauses."""

_REFUSALS = {
    0x01: "message length refused",
    0x0A: "sender ID refused",
    0x0B: "destination refused",
    0x48: "kind of sender ID refused",
    0x49: "kind of sender ID refused",
    0x50: "kind of destination refused",
    0x51: "kind of destination refused",
    0x65: "refused for good",
    0x66: "message rejected",
}
"""About this message: its number or its sender ID cannot pass this way, another route may take it.
Kannel reports the same as rejected."""
_DEFERRALS = {
    0x04: "not bound",
    0x08: "system error",
    0x0D: "bind failed",
    0x0E: "password refused",
    0x0F: "system id refused",
    0x14: "queue full",
    0x15: "service type refused",
    0x43: "esm_class refused",
    0x45: "submission failed",
    0x53: "system type refused",
    0x58: "throttled",
    0x62: "validity refused",
    0x64: "busy",
}
"""Load, account and settings: waiting or mending them delivers the message. So does every status
without a name here, those of the vendor (0x400 to 0x4FF) among them."""


def told(status: int) -> str:
    """How the status is called in logs and records."""
    name = _REFUSALS.get(status) or _DEFERRALS.get(status)
    return f"0x{status:02x} {name}" if name else f"0x{status:02x}"


def failure(status: int, refusals: frozenset[int]) -> MessageRefused | MessageDeferred:
    """The exception for a `submit_sm_resp` that is not OK. `refusals` adds statuses of the
    vendor's own that are about the message."""
    if status in _REFUSALS or status in refusals:
        return MessageRefused(f"smpp: {told(status)}")
    return MessageDeferred(f"smpp: {told(status)}")
