"""What keyboards and clipboards send, made plain: the same digits, without what nobody sees."""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u20e3\u2800\u3164\uffa0")
"""Characters without a shape that Unicode does not call format characters: joiners, fillers, the
braille blank, the frame of keycaps."""
_MINUS = "\u2212"


def plain(text: str) -> str:
    """`text` with digits of every script as 0 to 9, every dash as "-", every space as " ".

    Compatibility forms (full width, superscript) become plain letters, and what has no shape goes:
    direction marks, zero-width spaces, soft hyphens, variation selectors.
    """
    if text.isascii():
        return text
    return "".join(map(_plain, unicodedata.normalize("NFKC", text)))


def without_unseen(text: str) -> str:
    """`text` without the characters that have no shape; the others stay what they are."""
    return text if text.isascii() else "".join(each for each in text if not _is_unseen(each))


def digits_of(answer: str) -> str:
    """A typed security code as its digits, without the spaces, dots and dashes between them."""
    if answer.isascii() and answer.isdigit():
        return answer
    return "".join(each for each in plain(answer) if each not in ".-" and not each.isspace())


def pasted(token: str) -> str:
    """A pasted token without the spaces and line ends that came along."""
    return "".join(without_unseen(token).split())


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if _is_unseen(character):
        return ""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == _MINUS:
        return "-"
    return " " if category == "Zs" else character


def _is_unseen(character: str) -> bool:
    return (
        unicodedata.category(character) == "Cf"
        or character in _UNSEEN
        or "\ufe00" <= character <= "\ufe0f"
    )
