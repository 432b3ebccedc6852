"""What a relay's failure means for the message, told without naming the voter."""

from __future__ import annotations

import re
import ssl

import aiosmtplib

from core.errors import MessageDeferred, MessageRefused

LONGEST_REASON = 120
NOT_ABOUT_THE_MESSAGE = {502, 503, 521, 530, 534, 535, 538}
"""Permanent failures of the session (no login, no TLS, relay shut): settings or relay are at fault,
and mending them delivers the message. So they defer."""
_CLOSING = 421
"""The relay takes nothing from anyone now."""
_SHORTEST_NAME = 3


def failure(error: Exception, address: str) -> MessageRefused | MessageDeferred:
    """5xx to the envelope or the content refuses; everything else may pass later. A relay that says
    so of this message alone is well."""
    answer = _answer(error)
    if answer is None:
        return MessageDeferred(_cause(error))
    code, text = answer
    reason = f"{code} {scrubbed(text, address)}".strip()
    about_the_message = isinstance(
        error,
        aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPDataError,
    )
    if about_the_message and 500 <= code < 600 and code not in NOT_ABOUT_THE_MESSAGE:
        return MessageRefused(reason)
    return MessageDeferred(
        reason, is_answer=about_the_message and 400 <= code < 500 and code != _CLOSING
    )


def scrubbed(text: str, address: str) -> str:
    """The relay's words without those that hold the address or a part of its names."""
    pieces = re.split(r"[^\w]+", address.casefold())
    names = {piece for piece in pieces[:-1] if len(piece) >= _SHORTEST_NAME}
    kept = [word for word in text.split() if not _tells(word.casefold(), names)]
    return " ".join(kept)[:LONGEST_REASON].rstrip()


def _tells(word: str, names: set[str]) -> bool:
    return "@" in word or "<" in word or any(name in word for name in names)


def _answer(error: Exception) -> tuple[int, str] | None:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code, error.message
    return None


def _cause(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, ssl.SSLError):
        return "TLS failed"
    if isinstance(error, OSError):
        return "no connection"
    if "STARTTLS" in str(error):
        return "the relay does not offer STARTTLS"
    return "SMTP session failed"
