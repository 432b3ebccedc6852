"""MessageIds: the Message-ID of each delivery, and the delivery of a Message-ID that came back."""

from __future__ import annotations

import hashlib
import re

from core.keys import TAG_LENGTH, Keyring, Purpose

from .mailbox import Mailbox

_DOT_ATOM = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_LONGEST = 128
_IDS = re.compile(r"<([A-Za-z0-9_.-]{1,200})@([A-Za-z0-9.-]{1,255})>")


class MessageIds:
    """`<delivery.tag@domain>`. The tag shows whoever reports on the e-mail to have seen it; without
    a keyring there is none, and nothing that comes back is believed.

    The same delivery has the same Message-ID for as long as the newest key is the same (R34).
    """

    def __init__(self, domain: str, keyring: Keyring | None = None) -> None:
        """`ValueError` for a domain that no address can have."""
        self._domain = Mailbox.parse(f"id@{domain}").address.partition("@")[2]
        self._keyring = keyring

    def of(self, delivery: str) -> str:
        """With its angle brackets. An id that no Message-ID can hold goes in as its hash, and is
        not found again."""
        if len(delivery) > _LONGEST or not _DOT_ATOM.fullmatch(delivery):
            left = hashlib.sha256(delivery.encode("utf-8", "surrogatepass")).hexdigest()
        elif self._keyring is None:
            left = delivery
        else:
            left = f"{delivery}.{self._keyring.tag(Purpose.BOUNCE, delivery)}"
        return f"<{left}@{self._domain}>"

    def delivery_in(self, text: str) -> str | None:
        """The delivery of the first Message-ID in `text` that we made; under an older key, too."""
        for left, domain in _IDS.findall(text):
            delivery, _, tag = left.rpartition(".")
            if domain.lower() == self._domain.lower() and self._is_ours(delivery, tag):
                return delivery
        return None

    def _is_ours(self, delivery: str, tag: str) -> bool:
        if self._keyring is None or not delivery or len(tag) != TAG_LENGTH:
            return False
        return self._keyring.made(tag, Purpose.BOUNCE, delivery)
