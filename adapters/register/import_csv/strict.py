"""Numbers as a file may hold them. A form is forgiving, because a person reads its answer; a file
is not: the decimal point that a program added would make another voter's number (R35)."""

from __future__ import annotations

import re
from enum import StrEnum

from adapters.numbering.writing import is_float, unwrapped

_SPACED = re.compile(r"[0-9A-Za-z]+(?: +[0-9A-Za-z]+)*", re.ASCII)
_GROUPED = re.compile(r"[0-9A-Za-z]{2,}(?:([.-])[0-9A-Za-z]{2,})(?:\1[0-9A-Za-z]{2,})*", re.ASCII)
_QUANTITY = re.compile(r"[+-]?\d+[.,]\d*", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)


class Fault(StrEnum):
    """Why a cell holds no such number."""

    MISSING = "missing"
    AS_FLOAT = "as_float"
    INVALID = "invalid"


def digits(cell: str, length: int) -> str | Fault:
    """The number of 1 to `length` digits in `cell`, with its zeros in front."""
    if cell.isascii() and cell.isdigit() and len(cell) <= length:
        return cell.zfill(length)
    bare = _bare(cell, length)
    if isinstance(bare, Fault):
        return bare
    return bare.zfill(length) if _DIGITS.fullmatch(bare) else Fault.INVALID


def symbols(cell: str, length: int) -> str | Fault:
    """The letters and digits in `cell`, which are `length`."""
    if cell.isascii() and cell.isalnum() and len(cell) == length:
        return cell
    bare = _bare(cell, length)
    return bare if isinstance(bare, Fault) or len(bare) == length else Fault.INVALID


def _bare(cell: str, length: int) -> str | Fault:
    """Without separators, where people write them: spaces between groups; dots or hyphens between
    groups of two and more that make up the full length."""
    text = unwrapped(cell)
    if not text:
        return Fault.MISSING
    if is_float(text) or _QUANTITY.fullmatch(text):
        return Fault.AS_FLOAT
    bare = re.sub(r"[ .-]", "", text)
    grouped = _GROUPED.fullmatch(text) is not None and len(bare) == length
    return bare if len(bare) <= length and (grouped or _SPACED.fullmatch(text)) else Fault.INVALID
