"""ReportMail: a mail that came to the bounce address, taken apart as far as a report goes."""

from __future__ import annotations

import email
import email.message
import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.utils import parseaddr

LONGEST = 262_144
"""Bytes that are looked at: what is said comes before the message that is sent back."""
_MOST_PARTS = 50
_DEEPEST = 5

Message = email.message.Message
_STATUS = ("message/delivery-status", "message/global-delivery-status")
_RETURNED = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
_FIELD = re.compile(r"([!-9;-~]+)[ \t]*:[ \t]*(.*)")
_FOLD = re.compile(r"\n[ \t]+")
_MARKUP = re.compile(r"<(?!\S{0,200}@)[^<>]{0,2000}>")
_COPY = re.compile(
    r"^[ \t>*-]*(?:"
    r"(?:return-path|received|dkim-signature|message-id|mime-version|x-mailer):"
    r"|.{0,30}(?:copy of|original|unsent|returned|undelivered) (?:your |the |the original )?"
    r"(?:message|mail|headers)"
    r"|.{0,20}message (?:headers?|header follows|text) follow"
    r").*$",
    re.IGNORECASE | re.MULTILINE,
)
"""Where a report in plain text begins to quote what it sends back."""


@dataclass(frozen=True)
class ReportMail:
    """One mail. Names of fields are in lower case; texts are decoded, their lines end in `\\n`."""

    headers: dict[str, str]
    is_status_report: bool
    """Whether it calls itself a delivery status report (RFC 3462), in whatever state its parts."""
    statuses: list[str]
    """`message/delivery-status` parts: blocks of fields."""
    returned: list[str]
    """Headers of what was sent back, a block each."""
    words: str
    """What it says to people, as far as that can be told from what it sends back."""
    everything: str
    """All of it, what was sent back included."""

    @classmethod
    def parse(cls, mail: bytes) -> ReportMail:
        """Raises whatever the standard library's parser raises, over whatever anyone may send."""
        whole = email.message_from_bytes(mail[:LONGEST])
        parts = list(_parts(whole))
        texts = [part for part in parts if _is_text(part)]
        plain = [_body(part) for part in texts if part.get_content_type() != "text/html"]
        marked = [_MARKUP.sub(" ", _body(part)) for part in texts if _body(part) not in plain]
        raw = mail[:LONGEST].decode("latin-1").replace("\r\n", "\n")
        statuses = [_body(part) for part in parts if part.get_content_type() in _STATUS]
        broken = [] if statuses else [raw.partition("\n\n")[2]]
        decoded = [_body(part) for part in parts if "content-transfer-encoding" in part]
        report_type = str(whole.get_param("report-type", "")).lower()
        return cls(
            {name.lower(): _decoded(str(value)) for name, value in reversed(whole.items())},
            whole.get_content_type() == "multipart/report" and "delivery-status" in report_type,
            statuses,
            [
                _body(part).partition("\n\n")[0]
                for part in parts
                if part.get_content_type() in _RETURNED
            ],
            "\n".join(_before_the_copy(text) for text in (*plain, *marked, *broken)),
            "\n".join((raw.replace("=\n", ""), *decoded)),
        )

    @property
    def sender(self) -> tuple[str, str]:
        """Display name and local part of `From`, in lower case."""
        name, address = parseaddr(self.headers.get("from", ""))
        return name.lower(), address.rpartition("@")[0].lower() or address.lower()


def fields(block: str) -> dict[str, str]:
    """By name in lower case; of two fields of one name the first."""
    found = (_FIELD.match(line) for line in _FOLD.sub(" ", block).split("\n"))
    return {field[1].lower(): field[2] for field in reversed([each for each in found if each])}


def _decoded(value: str) -> str:
    """With its encoded words (RFC 2047) read; as it stands when they cannot be."""
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError):  # what charset or encoding anyone may name
        return value


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


def _is_text(part: Message) -> bool:
    kind = part.get_content_type()
    return kind.startswith("text/") and kind not in _RETURNED


def _before_the_copy(text: str) -> str:
    """A text that begins with the copy is all copy, or no report of that kind: taken whole."""
    copy = _COPY.search(text)
    return text[: copy.start()] if copy and text[: copy.start()].strip() else text


def _body(part: Message) -> str:
    """What stands in the part, decoded; how the parser took it apart, which it does with every
    `message/*`, does not matter."""
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
