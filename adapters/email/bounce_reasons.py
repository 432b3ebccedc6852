"""What enhanced status codes mean (RFC 3463 and IANA's registry of them), in our words."""

from __future__ import annotations

import re

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)", re.ASCII)
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


def reason(status: str, diagnostic: str) -> str | None:
    """`5.1.1 no such mailbox`. `diagnostic` is looked at where `status` says no more than the
    class, as Exim's does; of its text only the numbers are taken. None: no code in either."""
    codes = [*_ENHANCED.findall(status)[:1], *_ENHANCED.findall(diagnostic)[:1]]
    telling = [code for code in codes if code[1:] != ("0", "0")]
    if telling:
        return _told(*telling[0])
    basic = _BASIC.search(diagnostic)
    if basic:
        return f"{basic[1]} refused" if basic[1].startswith("5") else f"{basic[1]} deferred"
    return ".".join(codes[0]) if codes else None


def status_class(status: str, diagnostic: str) -> str | None:
    """2, 4 or 5: success, transient, permanent. None: no code says."""
    code = _ENHANCED.search(status) or _ENHANCED.search(diagnostic)
    return code[1] if code else None


def _told(kind: str, subject: str, detail: str) -> str:
    code = f"{kind}.{subject}.{detail}"
    meaning = _MEANINGS.get(f"{subject}.{detail}") or _SUBJECTS.get(subject)
    return f"{code} {meaning}" if meaning else code
