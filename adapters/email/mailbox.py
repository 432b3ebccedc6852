"""Mailbox: an address as SMTP commands and message headers may carry it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.header import Header

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_ATOM = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_UNWRITABLE = re.compile(r"[\x00-\x20\x7f-\xa0<>\"\\]")


class UnwritableAddress(ValueError):
    """No mailbox can be named by this text. The message does not repeat it."""

    def __init__(self) -> None:
        super().__init__("malformed address")


@dataclass(frozen=True, repr=False)
class Mailbox:
    """`local@host`, the host in ASCII (IDNA), the local part quoted where RFC 5321 wants it."""

    address: str
    needs_smtputf8: bool
    """Whether the local part is beyond ASCII: only a relay with SMTPUTF8 (RFC 6531) takes it."""

    @classmethod
    def parse(cls, text: str) -> Mailbox:
        """Raises `UnwritableAddress`: for control characters and spaces above all, which could
        smuggle in a header or an SMTP command."""
        local, at, host = text.rpartition("@")
        if not at or not local or "@" in local or _UNWRITABLE.search(text):
            raise UnwritableAddress
        ascii_host = _in_ascii(host)
        if not local.isascii():
            return cls(f"{local}@{ascii_host}", needs_smtputf8=True)
        written = local if _DOT_ATOM.fullmatch(local) else f'"{local}"'
        return cls(f"{written}@{ascii_host}", needs_smtputf8=False)

    def __repr__(self) -> str:
        return "Mailbox(…)"


def named(name: str, mailbox: Mailbox) -> str:
    """`mailbox` under a display name, encoded (RFC 2047): the value of a `From` header."""
    if not name:
        return mailbox.address
    if re.fullmatch(rf"{_ATOM}(?: {_ATOM})*", name):
        return f"{name} <{mailbox.address}>"
    encoded = Header(name, "utf-8", header_name="From").encode(linesep="\r\n")
    return f"{encoded}\r\n <{mailbox.address}>"


def _in_ascii(host: str) -> str:
    try:
        ascii_host = host.encode("idna").decode("ascii")
    except UnicodeError:
        raise UnwritableAddress from None
    if not _HOST.fullmatch(ascii_host):
        raise UnwritableAddress
    return ascii_host
