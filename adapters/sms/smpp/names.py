"""The ids of messages: how an SMSC writes them in its responses, and how in its receipts.

One number has many forms: in either case, with zeros before it, hexadecimal or decimal. What can be
compared as a number is; a name of its own stays a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.receipts import Reading, Way

from .settings import ReceiptIds

_NAME = re.compile(r"[!-~]{1,64}")
"""A `message_id` (5.2.23) is 64 ASCII characters at most. Others find nothing in any database."""
_HEX = re.compile(r"(?:0[xX])?([0-9a-f]+|[0-9A-F]+)")
_DECIMAL = re.compile(r"[0-9]+")
_LONG_NAME = 10
"""So long a name differs from every other by more than the case of its letters."""


def submitted_id(message_id: bytes, ids: ReceiptIds) -> str | None:
    """The `message_id` of `submit_sm_resp` as the reference of its attempt; None: there is none."""
    given = _given(message_id)
    if not _NAME.fullmatch(given):
        return None
    if ids is ReceiptIds.HEX_TO_DECIMAL:
        return _in_decimal(given, base=16)
    if ids is ReceiptIds.DECIMAL_TO_HEX:
        return _in_decimal(given, base=10)
    return _plain(given)


def readings(parameter: bytes, text: str, ids: ReceiptIds) -> tuple[Reading, ...]:
    """The references that a receipt may mean whose `receipted_message_id` is `parameter` and whose
    text has `id:text`, the plainest first; either may be missing. No two are alike."""
    named = [each for each in (_given(parameter), text) if _NAME.fullmatch(each)]
    first: dict[str, Way] = {}
    for way, reference in _read(parameter, text, named, ids):
        first.setdefault(reference, way)
    return tuple(Reading(way, reference) for reference, way in first.items())


def _read(
    parameter: bytes, text: str, named: list[str], ids: ReceiptIds
) -> Iterator[tuple[Way, str]]:
    if not named:
        return
    if ids in (ReceiptIds.HEX_TO_DECIMAL, ReceiptIds.DECIMAL_TO_HEX):
        yield Way.SAME, _converted(parameter, text, ids)
        return
    yield Way.SAME, _plain(named[0])
    if ids is ReceiptIds.AUTO:
        yield from _unsure(named)
    yield Way.SAME, named[0]  # as it is written: 0.2.0 kept the response's id so


def _converted(parameter: bytes, text: str, ids: ReceiptIds) -> str:
    """The parameter is the id of the response (5.3.2.12). The text is what differs, so with an SMSC
    that writes two forms it is the one that counts."""
    if _NAME.fullmatch(text):
        return _in_decimal(text, base=16 if ids is ReceiptIds.DECIMAL_TO_HEX else 10)
    return _in_decimal(_given(parameter), base=16 if ids is ReceiptIds.HEX_TO_DECIMAL else 10)


def _unsure(named: list[str]) -> Iterator[tuple[Way, str]]:
    """What the ids may mean besides what they say."""
    for each in named[1:]:
        yield Way.TEXT, _plain(each)
    for each in named:
        if _DECIMAL.fullmatch(each):
            yield Way.HEX_TO_DECIMAL, f"{int(each):x}"
    for each in named:
        if number := _HEX.fullmatch(each):
            yield Way.DECIMAL_TO_HEX, str(int(number[1], 16))


def _plain(name: str) -> str:
    """A number without zeros before it and in lower case; a long name in lower case."""
    if number := _HEX.fullmatch(name):
        return number[1].lower().lstrip("0") or "0"
    return (name.lower().lstrip("0") or "0") if len(name) >= _LONG_NAME else name


def _in_decimal(name: str, base: int) -> str:
    """A number in decimal; letters show that it is hexadecimal, whatever it should be."""
    if base == 10 and _DECIMAL.fullmatch(name):
        return str(int(name))
    number = _HEX.fullmatch(name)
    return str(int(number[1], 16)) if number else _plain(name)


def _given(octets: bytes) -> str:
    return octets.partition(b"\0")[0].decode("latin-1").strip()
