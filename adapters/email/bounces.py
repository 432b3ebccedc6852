"""Bounces: reads delivery status notifications (RFC 3464, RFC 6533) as they come, from any MTA.

A report is believed when a Message-ID with our tag is in it: whoever never saw the e-mail cannot
make one up. The mailbox's owner could; it is their e-mail that then counts as failed. Of what a
report holds, only its codes are kept: no address, no text.
"""

from __future__ import annotations

import email
import email.message
import email.policy
import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass

from core.delivery import DeliveryState
from core.ports.clock import Clock
from core.use_cases.record_bounce import Bounce

from .bounce_reasons import reason, status_class
from .message_ids import MessageIds

LONGEST = 262_144
"""Bytes that are looked at: what is said comes before the message that is sent back."""
_MOST_PARTS = 50
_DEEPEST = 5
_MOST_BLOCKS = 50

Message = email.message.Message
_STATUS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_FIELD = re.compile(r"([!-9;-~]+)[ \t]*:[ \t]*(.*)")
_FOLD = re.compile(r"\n[ \t]+")

_ACTIONS = {
    "failed": DeliveryState.FAILED,
    "delivered": DeliveryState.DELIVERED,
    "delayed": DeliveryState.ACCEPTED,
    "relayed": DeliveryState.ACCEPTED,
    "expanded": DeliveryState.ACCEPTED,
}
"""RFC 3464, 2.3.3. Relayed and expanded: gone on to where nobody will report from."""
_CLASSES = {
    "2": DeliveryState.DELIVERED,
    "4": DeliveryState.ACCEPTED,
    "5": DeliveryState.FAILED,
}
"""Where `Action` is missing."""
_RANKED = (DeliveryState.DELIVERED, DeliveryState.ACCEPTED, DeliveryState.FAILED)
"""A report on several addresses, such as those that ours forwards to: the best counts."""


class NotABounce(Exception):
    """The mail is no report on an e-mail of ours. `reason` is a few words of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Bounces:
    """Reads mails that came to the bounce address."""

    message_ids: MessageIds
    clock: Clock

    def read(self, mail: bytes) -> Bounce:
        """What the report says. Raises `NotABounce` for everything else: answers of people and of
        machines, reports on other mails, forgeries, and what cannot be read."""
        try:
            parts = list(_parts(email.message_from_bytes(mail[:LONGEST])))
            outcomes = [each for part in parts if _is(part, _STATUS) for each in _outcomes(part)]
            said = [_body(part).partition("\n\n")[0] for part in parts if _is(part, _RETURNED)]
            answered = _headers(parts[0])
        except Exception:  # the standard library's parser, over whatever anyone may send
            raise NotABounce("unreadable") from None
        if not outcomes:
            raise NotABounce("no delivery status")
        delivery = self._delivery(said, answered)
        state = next(each for each in _RANKED if any(each is outcome[0] for outcome in outcomes))
        why = next(told for outcome, told in outcomes if outcome is state)
        return Bounce(delivery, state, why, self.clock.now())

    def _delivery(self, returned: list[str], answered: dict[str, str]) -> str:
        """By the header that was sent back; else by what the report answers to, which some MTAs
        name and send back nothing."""
        for headers in returned:
            message_id = _fields(headers).get("message-id", "")
            if found := self.message_ids.named_in(message_id):
                return found.delivery
        for name in ("in-reply-to", "references"):
            if found := self.message_ids.named_in(answered.get(name, "")):
                return found.delivery
        raise NotABounce("not on an e-mail of ours")


def _parts(message: Message, depth: int = 0) -> Iterator[Message]:
    """The message itself, and its parts as far as they are its own: what is inside of a message
    that was sent back is another's."""
    yield message
    if message.get_content_maintype() == "multipart" and depth < _DEEPEST:
        for part in _inside(message)[:_MOST_PARTS]:
            yield from _parts(part, depth + 1)


def _inside(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [each for each in payload if isinstance(each, Message)]


def _is(part: Message, types: tuple[str, ...]) -> bool:
    return part.get_content_type() in types


def _body(part: Message) -> str:
    """What stands in the part, decoded, with `\\n` at the end of lines; how the parser took it
    apart, which it does with every `message/*`, does not matter."""
    if part.is_multipart():
        content = b"\n".join(each.as_bytes() for each in _inside(part))
    else:
        content = str(part.get_payload()).encode("utf-8", "surrogateescape")
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding == "base64":
        content = b64decode(content)
    elif encoding == "quoted-printable":
        content = quopri.decodestring(content)
    return content.decode("latin-1").replace("\r\n", "\n").lstrip("\n")


def _outcomes(status: Message) -> list[tuple[DeliveryState, str | None]]:
    """Of each recipient in a `message/delivery-status`: blocks of fields, the first of which is
    about the message."""
    blocks = re.split(r"\n[ \t]*\n", _body(status), maxsplit=_MOST_BLOCKS)
    outcomes = [_outcome(_fields(block)) for block in blocks[:_MOST_BLOCKS]]
    return [(state, why) for state, why in outcomes if state is not None]


def _outcome(fields: dict[str, str]) -> tuple[DeliveryState | None, str | None]:
    status, diagnostic = fields.get("status", ""), fields.get("diagnostic-code", "")
    action = fields.get("action", "").partition("(")[0].strip().lower()
    state = _ACTIONS.get(action) or _CLASSES.get(status_class(status, diagnostic) or "")
    return state, reason(status, diagnostic)


def _fields(block: str) -> dict[str, str]:
    """By name in lower case; of two fields of one name the first."""
    found = (_FIELD.match(line) for line in _FOLD.sub(" ", block).split("\n"))
    return {field[1].lower(): field[2] for field in reversed([each for each in found if each])}


def _headers(message: Message) -> dict[str, str]:
    return {name.lower(): str(value) for name, value in message.items()}
