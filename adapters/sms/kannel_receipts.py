"""Receipts of Kannel's: it fetches the `dlr-url` that came with the SMS (Kannel 1.4 user guide,
"Delivery Reports"; `gw/smsbox.c` and `gw/urltrans.c`).

Kannel takes 200 and 202 as an answer and repeats after any other, as often as its smsbox's
`http-request-retry` says: not at all by default.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.attempt import delivery_and_number
from core.delivery import DeliveryState
from core.ports.clock import Clock
from core.receipt_refusals import ReceiptMalformed
from core.receipts import Receipt

from .operators import operator_code
from .receipt_tags import ReceiptTags
from .smpp.status import told

_STATES = {
    "1": (DeliveryState.DELIVERED, None),
    "2": (DeliveryState.FAILED, "undeliverable"),
    "4": (DeliveryState.ACCEPTED, "queued"),
    "8": (DeliveryState.ACCEPTED, "accepted"),
    "16": (DeliveryState.FAILED, "rejected"),
    "34": (DeliveryState.EXPIRED, "validity over"),
    "66": (DeliveryState.ACCEPTED, "state unknown"),
}
"""`%d`: the bits of `dlr-mask`, and the two finer ones that later versions have."""
_FINER = {
    "DELIVRD": (DeliveryState.DELIVERED, None),
    "DELIVERED": (DeliveryState.DELIVERED, None),
    "ENROUTE": (DeliveryState.ACCEPTED, "on its way"),
    "ACCEPTD": (DeliveryState.ACCEPTED, "accepted"),
    "ACCEPTED": (DeliveryState.ACCEPTED, "accepted"),
    "EXPIRED": (DeliveryState.EXPIRED, "validity over"),
    "DELETED": (DeliveryState.FAILED, "deleted"),
    "REJECTD": (DeliveryState.FAILED, "rejected"),
    "UNKNOWN": (DeliveryState.ACCEPTED, "state unknown"),
}
"""What `stat:` says that 2 hides: Kannel knows seven letters in upper case with a space behind,
and says 2 for all else. UNKNOWN is no proof that it failed, nor is a text that names the
message and has no `stat:` at all: Kannel says 2 then, whatever the SMSC's `message_state` was."""
_TEXT = re.compile(r"\btext:", re.IGNORECASE)
_ID = re.compile(r"\bid:[^\s:]", re.IGNORECASE)
_STAT = re.compile(r"\bstat:([A-Za-z]{1,10})\b", re.IGNORECASE)
_ERROR = re.compile(r"\berr:([0-9A-Fa-f]{1,8})(?![^\s])", re.IGNORECASE)
_OVER = "NACK/validity expired"
"""How Kannel itself ends an SMS that no SMSC has taken within its validity."""
_NACK = re.compile(r"NACK/0x([0-9A-Fa-f]{1,8})(?![0-9A-Fa-f])")
"""How Kannel passes the `command_status` of a refused `submit_sm` on."""


class KannelReceipts:
    """Reads `?id={id}&mac={mac}&status=%d&answer=%A`, and `operator`, where the address has one."""

    def __init__(self, tags: ReceiptTags, clock: Clock) -> None:
        self._tags = tags
        self._clock = clock

    def parse(
        self, method: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """The receipt of the attempt `id`. Raises `ReceiptForged`, `ReceiptMalformed`."""
        attempt = query.get("id", "")
        self._tags.require(query.get("mac"), attempt)
        if delivery_and_number(attempt) is None:
            raise ReceiptMalformed("no attempt")
        # What follows `text:` is the SMS itself.
        answer = _TEXT.split(query.get("answer", ""), maxsplit=1)[0]
        state, reason = _outcome(query.get("status", ""), answer)
        return Receipt(
            route=self._tags.route,
            state=state,
            at=self._clock.now(),
            attempt=attempt,
            operator=operator_code(query.get("operator")),
            reason=reason,
        )


def _outcome(status: str, answer: str) -> tuple[DeliveryState, str | None]:
    if status not in _STATES:
        raise ReceiptMalformed("unknown status")
    state, reason = _STATES[status]
    stat = _STAT.search(answer)
    if status == "16" and answer.startswith(_OVER):
        return _FINER["EXPIRED"]
    if status == "2" and stat and stat[1].upper() in _FINER:
        state, reason = _FINER[stat[1].upper()]
    elif status == "2" and stat is None and _ID.search(answer):
        state, reason = _FINER["UNKNOWN"]
    if reason is None:
        return state, None
    return state, ", ".join((reason, *_codes(answer)))


def _codes(answer: str) -> list[str]:
    """The SMSC's status and the network's error number: digits and our own words."""
    nack, error = _NACK.match(answer), _ERROR.search(answer)
    codes = [told(int(nack[1], 16))] if nack else []
    return [*codes, f"code {error[1]}"] if error and error[1].strip("0") else codes
