"""Why something that came in as a receipt is not taken (R30).

`reason` is a short code of ours, fit for logs: nothing of what was received is in it.
"""

from __future__ import annotations


class ReceiptRefused(Exception):
    """Base of the refusals: what came in is no receipt of this route's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ReceiptMalformed(ReceiptRefused):
    """It names no message, or cannot be read. Sending it again changes nothing."""


class ReceiptForged(ReceiptRefused):
    """It does not show that it comes from the provider, or it is too old to show it."""


class ReceiptUnproven(ReceiptRefused):
    """It carries no proof where the provider owes one but may fail to give it: to be sent again."""
