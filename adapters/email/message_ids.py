"""MessageIds: how an e-mail is named to the mail servers, and what a name that came back is of.

The Message-ID names the delivery and is the same for every try (R34), unless its link was replaced
meanwhile: then it has the edition behind the delivery's id, `r1.link-2`. The envelope names the
sending, one try by one relay: as `ENVID` (RFC 3461), and in a bounce address for each (VERP).
"""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

from core.keys import TAG_LENGTH, Keyring, Purpose

from .mailbox import Mailbox

_DOT_ATOM = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_LONGEST = 128
LONGEST_ENVELOPE_ID = 100
"""Characters that `ENVID` may have (RFC 3461, 4.4)."""
_SHORT_TAG = 10
"""Characters of base32, hence 50 bits: a bounce address has room for 64 in all, and a forger one
try a mail."""
_EDITION = re.compile(r"-\d{1,3}$", re.ASCII)
"""No kind of message ends so."""
_ATOM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-"
_TAGGED = re.compile(rf"\.([0-9a-fA-F]{{{TAG_LENGTH}}})@([A-Za-z0-9.-]{{1,255}})")
_SENT = re.compile(rf"\.(\d{{1,4}})\.([a-zA-Z2-7]{{{_SHORT_TAG}}})(?![A-Za-z0-9])", re.ASCII)
_MOST = 200
"""Names that are tried in one text: each costs an HMAC a key."""
_MOST_STARTS = 5


@dataclass(frozen=True)
class Named:
    """What a name is of: a delivery, and which sending of it if the name says."""

    delivery: str
    sending: int | None = None


class MessageIds:
    """`<delivery.tag@domain>` for the Message-ID, `delivery.sending.tag` for the envelope. The tag
    shows anyone who reports on the e-mail to have seen it; without a keyring there is none, and
    nothing that comes back is believed.

    The same delivery has the same Message-ID for as long as the newest key is the same (R34).
    """

    def __init__(self, domain: str, keyring: Keyring | None = None) -> None:
        """`ValueError` for a domain that no address can have."""
        self._domain = Mailbox.parse(f"id@{domain}").address.partition("@")[2]
        self._keyring = keyring

    def of(self, delivery: str, edition: int = 1) -> str:
        """With its angle brackets. An id that no Message-ID can hold goes in as its hash, and is
        not found again."""
        if edition > 1:
            delivery = f"{delivery}-{edition}"
        if len(delivery) > _LONGEST or not _DOT_ATOM.fullmatch(delivery):
            left = hashlib.sha256(delivery.encode("utf-8", "surrogatepass")).hexdigest()
        elif self._keyring is None:
            left = delivery
        else:
            left = f"{delivery}.{self._keyring.tag(Purpose.BOUNCE, delivery)}"
        return f"<{left}@{self._domain}>"

    def of_sending(self, delivery: str, sending: int) -> str | None:
        """For the envelope. None for an id that it cannot hold, and without keys."""
        if self._keyring is None or not _DOT_ATOM.fullmatch(delivery):
            return None
        name = f"{delivery}.{sending}.{self._short_tags(delivery, sending)[0]}"
        return name if len(name) <= LONGEST_ENVELOPE_ID else None

    def named_in(self, text: str) -> Named | None:
        """What the first name in `text` that we made is of; under an older key, too. A sending
        says more than a delivery, so it comes first."""
        return next(chain(self._sendings_in(text), self._deliveries_in(text)), None)

    def _sendings_in(self, text: str) -> Iterator[Named]:
        for found in islice(_SENT.finditer(text), _MOST):
            sending, tag = int(found[1]), found[2].lower()
            for delivery in _left_of(found.start(), text):
                if self._keyring and tag in self._short_tags(delivery, sending):
                    yield Named(delivery, sending)

    def _deliveries_in(self, text: str) -> Iterator[Named]:
        for found in islice(_TAGGED.finditer(text), _MOST):
            if found[2].lower().rstrip(".-") != self._domain.lower():
                continue
            for delivery in _left_of(found.start(), text):
                if self._keyring and self._keyring.made(found[1].lower(), Purpose.BOUNCE, delivery):
                    yield Named(_EDITION.sub("", delivery))

    def _short_tags(self, delivery: str, sending: int) -> list[str]:
        """Of every key, the newest first. The text is none that a Message-ID is made from."""
        if self._keyring is None:
            return []
        tags = self._keyring.tags(Purpose.BOUNCE, f"{delivery}/{sending}")
        return [b32encode(bytes.fromhex(each))[:_SHORT_TAG].decode().lower() for each in tags]


def _left_of(end: int, text: str) -> Iterator[str]:
    """What the name that ends here may begin with: as far as its characters go and, as a bounce
    address may have a `-` before the name, behind each of those. Mail servers write addresses in
    capitals at times; ids have none."""
    before = text[max(0, end - _LONGEST) : end]
    whole = before[len(before.rstrip(_ATOM)) :]
    dashes = [at + 1 for at, char in enumerate(whole) if char == "-"]
    for start in (0, *dashes[-_MOST_STARTS:]):
        delivery = whole[start:]
        if _DOT_ATOM.fullmatch(delivery):
            yield delivery
            if delivery.lower() != delivery:
                yield delivery.lower()
