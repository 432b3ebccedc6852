"""The text in octets of the SMSC's default alphabet, which is what `data_coding` 0 means: GSM 03.38
(3GPP TS 23.038, 6.2.1), one septet an octet, with most; Latin-1 or ASCII with some."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

_DEFAULT = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The place is the septet; 0x1B is the escape to the extension table."""
_EXTENSION = {
    "\f": 0x0A,
    "^": 0x14,
    "{": 0x28,
    "}": 0x29,
    "\\": 0x2F,
    "[": 0x3C,
    "~": 0x3D,
    "]": 0x3E,
    "|": 0x40,
    "€": 0x65,
}
_ESCAPE = 0x1B
_OCTETS = {
    **{each: bytes((septet,)) for septet, each in enumerate(_DEFAULT) if septet != _ESCAPE},
    **{each: bytes((_ESCAPE, septet)) for each, septet in _EXTENSION.items()},
}


class Alphabet(StrEnum):
    """What an SMSC takes octets of `data_coding` 0 for."""

    GSM = "gsm"
    LATIN_1 = "latin1"
    ASCII = "ascii"


def octets(text: str, alphabet: Alphabet = Alphabet.GSM) -> bytes:
    """`text` for `short_message`; it holds GSM characters only (`KeyError`): `SmsText` sees to
    that. In ASCII letters go without their accents; what another alphabet has no letter for raises
    `UnicodeEncodeError`."""
    if alphabet is Alphabet.GSM:
        return b"".join(_OCTETS[each] for each in text)
    if alphabet is Alphabet.LATIN_1:
        return text.encode("latin-1")
    return _without_accents(text).encode("ascii")


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(each for each in decomposed if not unicodedata.combining(each))
