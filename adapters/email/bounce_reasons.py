"""Why an e-mail came back: the code from wherever it stands, and what it means (RFC 3463 and IANA's
registry), in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .bounce_words import meaning_of

Code = tuple[str, str, str]
_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)", re.ASCII)
_REPLY = re.compile(
    r"(?<![\d.])([245]\d\d)[ \t:-]{1,3}[#('\"]?([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)", re.ASCII
)
_MARKED = re.compile(
    r"(?:[#(\[]|status:? ?|code:? ?)([45])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)", re.ASCII | re.I
)
"""In a text for people, where numbers may be versions: `#5.1.1`, `(5.2.2)`, `Status: 5.1.1`."""
_REPLY_LINE = re.compile(r"(?:^|[\s:>(])([45]\d\d)(?=[ -])", re.ASCII | re.MULTILINE)
_BASIC = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])", re.ASCII)

_MEANINGS = {
    "1.0": "address trouble",
    "1.1": "no such mailbox",
    "1.2": "no such mail domain",
    "1.3": "malformed address",
    "1.4": "ambiguous address",
    "1.6": "mailbox has moved",
    "1.7": "sender's address malformed",
    "1.8": "sender's domain refused",
    "1.10": "address takes no mail",
    "2.0": "mailbox trouble",
    "2.1": "mailbox disabled",
    "2.2": "mailbox full",
    "2.3": "message too long for the mailbox",
    "2.4": "mailing list trouble",
    "3.0": "mail system trouble",
    "3.1": "mail system full",
    "3.2": "mail system takes no mail now",
    "3.4": "message too long for the system",
    "4.0": "network trouble",
    "4.1": "no answer from the host",
    "4.2": "connection lost",
    "4.3": "directory unavailable",
    "4.4": "no route to the host",
    "4.5": "mail system congested",
    "4.6": "mail loop",
    "4.7": "delivery time expired",
    "5.0": "protocol trouble",
    "5.2": "syntax refused",
    "5.3": "too many recipients",
    "6.0": "content trouble",
    "6.1": "media refused",
    "6.7": "non-ASCII address not taken",
    "7.0": "refused by policy",
    "7.1": "not authorised",
    "7.2": "mailing list closed to us",
    "7.5": "encryption failed",
    "7.7": "message integrity failed",
    "7.20": "no passing DKIM signature",
    "7.23": "SPF validation failed",
    "7.24": "SPF validation error",
    "7.25": "reverse DNS failed",
    "7.26": "authentication checks failed",
    "7.27": "sender takes no mail",
    "7.28": "mail flood detected",
}
_SUBJECTS = {
    "1": "address trouble",
    "2": "mailbox trouble",
    "3": "mail system trouble",
    "4": "network trouble",
    "5": "protocol trouble",
    "6": "content trouble",
    "7": "refused by policy",
}
"""By the second number alone, for details that the table does not know."""


def reason(status: str, diagnostic: str, words: str = "", failed: bool = False) -> str | None:
    """`5.1.1 no such mailbox`, from wherever it stands; None: nothing says why.

    The receiving server's own reply counts most, as `diagnostic` quotes it or the report's `words`
    do: what stands in `Status` is the reporting server's reading of it, and often a guess. Numbers
    alone come next, then what the words mean, then a code that says no more than the class. Of a
    failure (`failed`) no code of success is believed.
    """
    found = _codes(status, diagnostic, words)
    believed = (code for code in found if code and not (failed and code[0] == "2"))
    code = next(believed, None)
    return None if code is None else _told(*code)


def _codes(status: str, diagnostic: str, words: str) -> Iterator[Code | None]:
    """All that is said, the most credible first."""
    stated = _first(_ENHANCED, status)
    specific = stated is not None and stated[2] != "0"
    yield _reply(diagnostic)
    yield stated if specific else None
    yield _specific(_first(_ENHANCED, diagnostic))
    yield _reply(words)
    yield stated if stated is not None and stated[1] != "0" else None
    yield _specific(_first(_MARKED, words))
    permanent = status_class(status, diagnostic) != "4"
    yield meaning_of(diagnostic, permanent) or meaning_of(words, permanent)
    for basic in (_BASIC.search(diagnostic), _REPLY_LINE.search(words)):
        yield (basic[1], "", "") if basic else None
    yield stated or _first(_ENHANCED, diagnostic)


def _reply(text: str) -> Code | None:
    """An SMTP reply with both codes, of one class: `550 5.1.1`."""
    for basic, *code in _REPLY.findall(text):
        if basic[0] == code[0]:
            return _specific((code[0], code[1], code[2]))
    return None


def _first(pattern: re.Pattern[str], text: str) -> Code | None:
    found = pattern.search(text)
    return (found[1], found[2], found[3]) if found else None


def _specific(code: Code | None) -> Code | None:
    return None if code is None or code[1:] == ("0", "0") else code


def status_class(status: str, diagnostic: str) -> str | None:
    """2, 4 or 5: success, transient, permanent. None: no code says."""
    code = _ENHANCED.search(status) or _ENHANCED.search(diagnostic)
    return code[1] if code else None


def _told(kind: str, subject: str, detail: str) -> str:
    if not subject:
        return f"{kind} refused" if kind.startswith("5") else f"{kind} deferred"
    code = f"{kind}.{subject}.{detail}"
    meaning = _MEANINGS.get(f"{subject}.{detail}") or _SUBJECTS.get(subject)
    return f"{code} {meaning}" if meaning else code
