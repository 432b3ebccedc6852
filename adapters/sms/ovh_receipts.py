"""Receipts of OVHcloud's: it fetches the account's `callBack` URL, by GET, and adds `id`, `ptt`,
`date`, `description` and `descriptionDlr` to the query (OVHcloud guide "Everything you need to know
about SMS users", step 5; the codes are from the same page).

It signs nothing and the URL is one for all SMS of the account: the tag in it is the route's. The
`date` has no zone and is not used; the network is not told.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.delivery import DeliveryState
from core.ports.clock import Clock
from core.receipt_refusals import ReceiptMalformed
from core.receipts import Receipt

from .receipt_tags import ReceiptTags

_Outcome = tuple[DeliveryState, str | None]
_LONGEST_ID = 20

_PTT: dict[str, _Outcome] = {
    "1": (DeliveryState.ACCEPTED, "tried again for the phone"),
    "2": (DeliveryState.ACCEPTED, "tried again by the operator"),
    "3": (DeliveryState.ACCEPTED, "accepted by the operator"),
    "4": (DeliveryState.DELIVERED, None),
    "5": (DeliveryState.FAILED, "undelivered"),
    "6": (DeliveryState.ACCEPTED, "state unknown"),
    "8": (DeliveryState.EXPIRED, "validity over"),
    "20": (DeliveryState.FAILED, "undeliverable as it is"),
    "21": (DeliveryState.FAILED, "subscriber without credit"),
    "23": (DeliveryState.FAILED, "number invalid or barred"),
    "24": (DeliveryState.FAILED, "subscriber absent"),
    "25": (DeliveryState.FAILED, "network trouble"),
    "26": (DeliveryState.FAILED, "phone full or busy"),
    "27": (DeliveryState.FAILED, "phone not suitable"),
    "28": (DeliveryState.FAILED, "suspected of spam"),
    "29": (DeliveryState.FAILED, "content not permitted"),
    "33": (DeliveryState.FAILED, "parental lock"),
    "39": (DeliveryState.FAILED, "operator failure"),
    "73": (DeliveryState.FAILED, "ported number unreachable"),
    "74": (DeliveryState.FAILED, "subscriber roaming"),
    "76": (DeliveryState.FAILED, "ported number blocked"),
    "202": (DeliveryState.FAILED, "ported number blocked"),
}
_DESCRIPTION: dict[str, _Outcome] = {
    "0": (DeliveryState.ACCEPTED, "waiting"),
    "1": (DeliveryState.DELIVERED, None),
    "2": (DeliveryState.FAILED, "failed"),
    "4": (DeliveryState.ACCEPTED, "waiting"),
    "8": (DeliveryState.ACCEPTED, "buffered"),
    "16": (DeliveryState.FAILED, "failed, not billed"),
}
"""The coarser of the two: for a `ptt` that the table above does not know."""
_UNKNOWN: _Outcome = (DeliveryState.ACCEPTED, "state unknown")


class OvhReceipts:
    """Reads the query; the reference is the id that the API answered when it took the SMS."""

    def __init__(self, tags: ReceiptTags, clock: Clock) -> None:
        self._tags = tags
        self._clock = clock

    def parse(
        self, method: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Raises `ReceiptForged`, `ReceiptMalformed`."""
        self._tags.require(query.get("mac"))
        reference, ptt = query.get("id", ""), query.get("ptt", "")
        if not _is_number(reference) or not _is_number(ptt):
            raise ReceiptMalformed("no id or no ptt")
        coarse = _DESCRIPTION.get(query.get("description", ""), _UNKNOWN)
        state, reason = _PTT.get(ptt, coarse)
        return Receipt(
            route=self._tags.route,
            state=state,
            at=self._clock.now(),
            reference=reference,
            reason=reason and f"{reason}, ptt {ptt}",
        )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID
