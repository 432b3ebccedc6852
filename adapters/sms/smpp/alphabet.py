"""GSM 03.38 (3GPP TS 23.038, 6.2.1) in octets: one septet an octet, which is `data_coding` 0."""

from __future__ import annotations

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


def octets(text: str) -> bytes:
    """`text` for `short_message`; it holds GSM characters only (`KeyError`): `SmsText` sees to
    that."""
    return b"".join(_OCTETS[each] for each in text)
