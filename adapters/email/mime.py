"""MIME by hand: a finished message in microseconds.

The standard library's `email.message` takes two milliseconds a message, most of it to discover
again what never changes. These messages have one shape, so that shape is written out here and the
tests read every message back with the standard library's parser.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from collections.abc import Iterable
from email.header import Header
from functools import lru_cache

BOUNDARY = "=_reassort"
"""Quoted-printable never writes `=_`, so no text can hold this, whatever a voter types."""
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FOLD = "\r\n "
_TOO_LONG = re.compile(rb"(?<=[^\n]{73})=(?:20|09)(?=\r\n)")
"""`b2a_qp` makes no room for the end of a line that is a space."""


def assemble(headers: Iterable[tuple[str, str]], text: str, html: str) -> bytes:
    """As `assemble_quoted`, of texts as they are."""
    return assemble_quoted(headers, quoted(text), quoted(html))


def assemble_quoted(headers: Iterable[tuple[str, str]], text: bytes, html: bytes) -> bytes:
    """An RFC 5322 message with the same content, `quoted`, as text and as HTML.

    Header values are final (encoded, folded); `ValueError` when one could start another header.
    """
    lines = [f"{name}: {_one_header(value)}\r\n" for name, value in headers]
    head = "".join(lines).encode()
    return b"".join(
        (
            head,
            b"MIME-Version: 1.0\r\n",
            f'Content-Type: multipart/alternative; boundary="{BOUNDARY}"\r\n'.encode(),
            _part("plain", text),
            _part("html", html),
            f"\r\n--{BOUNDARY}--\r\n".encode(),
        )
    )


@lru_cache(maxsize=64)
def encoded(name: str, value: str) -> str:
    """`value` as the header `name` may hold it: RFC 2047 beyond ASCII, folded lines."""
    if _CONTROL.search(value):
        raise ValueError(f"control character in {name}")
    return Header(value, None if value.isascii() else "utf-8", header_name=name).encode(
        linesep="\r\n"
    )


def plain_lines(text: str) -> str:
    """`text` with the one kind of line ending that templates use."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _one_header(value: str) -> str:
    if _CONTROL.search(value.replace(_FOLD, " ")):
        raise ValueError("control character in a header")
    return value


def quoted(text: str) -> bytes:
    """`text` as quoted-printable (RFC 2045, 6.7), its lines ended by CRLF; before that, 75 bytes at
    most."""
    encoded = b2a_qp(plain_lines(text).replace("\n", "\r\n").encode())
    if b"=20\r\n" in encoded or b"=09\r\n" in encoded:
        return _TOO_LONG.sub(rb"=\r\n\g<0>", encoded)
    return encoded


def _part(subtype: str, content: bytes) -> bytes:
    head = (
        f"\r\n--{BOUNDARY}\r\n"
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + content
