"""What stands in for a signature where a provider cannot sign: a tag in the address it reports to.

Anyone who knows the address of one receipt can report on that one; nobody can make up another. The
tags are in the provider's and the proxy's logs, as the addresses are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.keys import Keyring, Purpose
from core.receipt_refusals import ReceiptForged


@dataclass(frozen=True)
class ReceiptTags:
    """The tags of one route. After a rotation of keys, those of the older keys still hold."""

    keyring: Keyring = field(repr=False)
    route: str

    def of(self, attempt: str = "") -> str:
        """The tag for the receipts of this attempt; without one, for all of the route: for
        providers whose address is the same for every SMS."""
        return self.keyring.tag(Purpose.RECEIPT, self._text(attempt))

    def require(self, tag: str | None, attempt: str = "") -> None:
        """Raises `ReceiptForged` unless this is the tag."""
        if not self.keyring.made(tag or "", Purpose.RECEIPT, self._text(attempt)):
            raise ReceiptForged("wrong tag" if tag else "no tag")

    def _text(self, attempt: str) -> str:
        return f"{self.route}\n{attempt}"
