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
"""Of one segment."""
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


def _is_gsm(character: str) -> bool:
    return character in DEFAULT or character in EXTENSION


def _nearest(character: str) -> str:
    if _is_gsm(character):
        return character
    plain = "".join(
        each for each in unicodedata.normalize("NFKD", character) if not unicodedata.combining(each)
    )
    return character if not plain or foreign(plain) else plain
