"""GSM 03.38 (3GPP TS 23.038, 6.2.1): the alphabet of an SMS, and how much of it fits in one."""

from __future__ import annotations

import re
import unicodedata

DEFAULT = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""127 characters of one septet each; the 128th is the escape to the extension table."""
EXTENSION = frozenset("^{}\\[~]|€\f")
"""Two septets each."""
SEPTETS = 160
"""Of a lone segment; each segment of a longer text holds 153."""
_SEPTETS_OF_A_PART = 153
_UCS2_UNITS = 70
_UCS2_UNITS_OF_A_PART = 67
_SUBSTITUTES = str.maketrans(
    {
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\t": " ",
        "’": "'",
        "‘": "'",
        "`": "'",
        "´": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "–": "-",
        "—": "-",
        "\u2010": "-",
        "\u2011": "-",
        "…": "...",
        "œ": "oe",
        "Œ": "OE",
        "×": "x",
    }
)


def to_gsm(text: str) -> str:
    """`text` with the nearest GSM characters: ç is c, ê is e, ’ is ', œ is oe, « is ".

    What has no near relation stays, for `foreign` to name.
    """
    unquoted = re.sub(r"«\s*|\s*»", '"', unicodedata.normalize("NFC", text))
    return "".join(_nearest(each) for each in unquoted.translate(_SUBSTITUTES))


def foreign(text: str) -> list[str]:
    """The characters outside the alphabet, each once, in order of appearance."""
    return list(dict.fromkeys(each for each in text if not _is_gsm(each)))


def septets(text: str) -> int:
    """The length of a text that is wholly in the alphabet."""
    return sum(2 if each in EXTENSION else 1 for each in text)


def segments(text: str) -> int:
    """How many SMS this text is sent, and charged, as.

    One character outside the alphabet turns the whole text into UCS-2: 70 units in place of 160.
    """
    if foreign(text):
        return _parts([len(each.encode("utf-16-be")) // 2 for each in text], _UCS2_UNITS)
    return _parts([2 if each in EXTENSION else 1 for each in text], SEPTETS)


def _parts(widths: list[int], alone: int) -> int:
    """No character is split between two segments."""
    if sum(widths) <= alone:
        return 1
    room = _SEPTETS_OF_A_PART if alone == SEPTETS else _UCS2_UNITS_OF_A_PART
    count, used = 1, 0
    for width in widths:
        if used + width > room:
            count, used = count + 1, 0
        used += width
    return count


def _is_gsm(character: str) -> bool:
    return character in DEFAULT or character in EXTENSION


def _nearest(character: str) -> str:
    if _is_gsm(character):
        return character
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", character) if not unicodedata.combining(each)
    )
    return character if not plain or foreign(plain) else plain
