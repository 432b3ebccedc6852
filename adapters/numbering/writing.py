"""How people and their programs write telephone numbers, and what of it is a number for sure.

What cannot be read in one way only is no number: a second number after a slash, an extension, an
unknown word, the decimal point of a spreadsheet.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from core.typed_text import plain

LONGEST = 60
"""Characters of a cell; more are no telephone number."""
_WRITTEN = re.compile(r"\+?\d[\d .,()/-]*", re.ASCII)
_SEPARATORS = str.maketrans("", "", " .,()/-")

_FORMULA = re.compile(r'="(.*)"')
_LABEL = re.compile(
    r"(?:(?:tel|sms|callto):|(?:t[eé]l(?:[eé]phone)?|phone|mob(?:ile)?|port(?:able)?|gsm|cell"
    r"|whatsapp)\b[ .:]*)(?=[+(\d])",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r" *\( *(?:bureau|domicile|maison|perso(?:nnel)?|travail|pro(?:fessionnel)?|portable|mobile"
    r"|gsm|whatsapp|fixe|office|home|work|cell)\.? *\)$",
    re.IGNORECASE,
)
_CODE_IN_BRACKETS = re.compile(r"(?:\( *(?:\+|00)|(?:\+|00) *\() *(\d{1,3}) *\)")
_TRUNK = re.compile(r"(?<=\d) *\( *0 *\)")
_AS_FLOAT = re.compile(r"\+?\d+[.,]0+|[+-]?\d+(?:[.,]\d+)?[eE][+-]?\d+")
_LETTER_O = re.compile(r"[+\d .,()/oO-]+")
_SLASH = re.compile(r"[^/]*/[^/\d]*(?:\d[^/\d]*){4,}|\d\d(?:/\d\d){3,}")
_TAIL = re.compile(r"(.*\d) *[-/.,] *(\d{1,2})")


class Flaw(StrEnum):
    """Why a cell is no number."""

    UNREADABLE = "unreadable"
    AS_FLOAT = "as_float"
    """A program took it for a quantity and wrote it with a decimal point or an exponent."""


@dataclass(frozen=True)
class Written:
    """A number as it is written: `digits`, after a country code or not."""

    digits: str
    has_code: bool
    by_prefix: bool = False
    """Whether the code follows "00", which is not the international prefix everywhere."""
    with_trunk: str | None = None
    """The digits with the zero that stood in brackets, "(0)": few countries keep it."""
    without_tail: str | None = None
    """The digits before the last one or two, when these could be an extension: "…567-8"."""


def unwrapped(text: str) -> str:
    """The cell without what spreadsheets put around a number to keep it: `'0612`, `="0612"`."""
    bare = plain(text).strip(" \t\r\n\f\v'\u2019`\"")
    if bare.startswith("="):
        formula = _FORMULA.fullmatch(plain(text).strip())
        return formula[1].strip() if formula else bare.removeprefix("=").strip(' "')
    return bare


def is_float(text: str) -> bool:
    """Whether a program wrote a number as a quantity: `12345.0`, `4,36641E+11`."""
    return _AS_FLOAT.fullmatch(text) is not None


def written(text: str) -> Written | Flaw:
    """Reads one cell, which is not empty."""
    bare = unwrapped(text)
    if is_float(bare):
        return Flaw.AS_FLOAT
    bare = _PLACE.sub("", _LABEL.sub("", bare, count=1)).strip().rstrip(" .,;/-")
    if len(bare) > LONGEST or not bare:
        return Flaw.UNREADABLE
    if not bare.isascii() or not _WRITTEN.fullmatch(bare):
        bare = _mended(bare)
    if not _WRITTEN.fullmatch(bare) or ("/" in bare and not _SLASH.fullmatch(bare)):
        return Flaw.UNREADABLE
    return _digits(bare)


def _mended(bare: str) -> str:
    """Brackets around the country code, the letter O."""
    if _LETTER_O.fullmatch(bare):
        bare = bare.replace("o", "0").replace("O", "0")
    bare = _CODE_IN_BRACKETS.sub(r"+\1 ", bare, count=1)
    return bare.lstrip("( ")


def _digits(bare: str) -> Written:
    by_prefix = bare.startswith("00")
    if by_prefix:
        bare = "+" + bare[2:].lstrip(" .-")
    has_code = bare.startswith("+")
    if not has_code:
        return Written(_bare_digits(bare), False, without_tail=_before_tail(bare))
    bare = bare[1:].removeprefix("00").lstrip(" ")
    trunkless = _TRUNK.sub("", bare, count=1)
    with_trunk = _bare_digits(bare) if trunkless != bare else None
    tailless = _before_tail(trunkless)
    return Written(_bare_digits(trunkless), True, by_prefix, with_trunk, tailless)


def _before_tail(bare: str) -> str | None:
    tail = _TAIL.fullmatch(bare)
    if tail is None:
        return None
    separator = bare[tail.end(1) :].strip(" 0123456789")
    return _bare_digits(tail[1]) if bare.count(separator) == 1 else None


def _bare_digits(bare: str) -> str:
    return bare.translate(_SEPARATORS)
