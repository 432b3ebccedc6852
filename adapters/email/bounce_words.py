"""What reports say in words: which code they mean, and whether the mail server is still trying."""

from __future__ import annotations

import re

_MEANT = [
    (
        "2.2",
        r"mailbox.{0,30} (?:full|exceeded)|quota|over its? limit"
        r"|insufficient (?:disk|storage|space)"
        r"|disk full|out of (?:storage|space)|account is full|too many messages in|inbox is full",
    ),
    (
        "1.1",
        r"(?:user|recipient|mailbox|account|address|local part|utilisateur).{0,40}"
        r"(?:unknown|not found|does ?n[o']t exist|not exist|not known|invalid|unavailable|inconnu)"
        r"|(?:no such|unknown|invalid|nonexistent|non-existent) (?:\w+ )?"
        r"(?:user|recipient|mailbox|account|address|person)"
        r"|does ?n[o']t have an? .{1,40}account|no mailbox (?:here )?by that name|not our customer"
        r"|not listed in|couldn't find any host named .{1,60}user|unrouteable address|user unknown"
        r"|did not match any|not a valid (?:user|mailbox|recipient)|no mailbox",
    ),
    (
        "2.1",
        r"(?:mailbox|account|user|address|recipient).{0,40}"
        r"(?:disabled|inactive|suspended|closed|deactivated|expired|locked|terminated)",
    ),
    (
        "1.2",
        r"host (?:or domain name )?(?:was )?(?:not found|unknown)|domain (?:name )?not found"
        r"|(?:unknown|no such) (?:host|domain)|couldn't find any host"
        r"|bad destination (?:host|system)"
        r"|unrouteable (?:mail )?domain|domain does ?n[o']t exist|nullmx",
    ),
    ("3.4", r"(?:message|mail|size).{0,40}(?:too (?:large|big|long)|exceeds)|size limit"),
    ("4.6", r"too many hops|mail(?:er)? loop|loops? back|mail forwarding loop|routing loop"),
    (
        "4.7",
        r"giving up|could not deliver for the last|retry (?:time|timeout) (?:not reached|exceeded)"
        r"|timed? ?out.{0,60}(?:queue|days|hours)|envelope expired"
        r"|(?:too long|expired) in (?:the )?queue|in queue too long|(?:delivery|queue|message) "
        r"(?:time |lifetime )?(?:has )?expired|message expired|gave up after"
        r"|could not be delivered (?:for|within|after)|has been in the queue",
    ),
    (
        "7.1",
        r"spam|block ?list|black ?list|blocked|reputation|polic(?:y|ies)|prohibited|denied"
        r"|(?:message|content|mail) (?:was )?rejected|not (?:allowed|permitted|authori[sz]ed)"
        r"|refused by|relaying|virus|banned|dmarc",
    ),
    (
        "4.1",
        r"connection (?:refused|timed out|reset)|no route to host|could ?n[o']t connect"
        r"|unable to connect|network error|no answer|not responding|accept our requests"
        r"|connect(?:ion)? (?:attempt )?fail",
    ),
]
_WORDS = [(code, re.compile(words, re.IGNORECASE)) for code, words in _MEANT]
_DELAYED = re.compile(
    r"delay(?:ed)?\b|(?:has )?not yet been|still (?:being )?(?:trying|retried)"
    r"|will (?:be )?retr(?:y|ied)"
    r"|will (?:continue|keep)(?: to)?(?: be)? (?:tr|attempt|deliver)|tried again|retry (?:is|will)"
    r"|no action is required|temporary failure report|this is (?:only )?a warning"
    r"|do not need to re-?send"
    r"|warning message only|continue trying",
    re.IGNORECASE,
)
_FINAL = re.compile(
    r"giv(?:e|en|ing) up|gave up|permanent|could not be (?:delivered|sent)|undeliverable|returned"
    r"|fail(?:ed|ure)\b|fatal|will not be|no longer|too long|unable to deliver|was not delivered",
    re.IGNORECASE,
)
_ARRIVED = re.compile(
    r"(?:successfully|has been|was) (?:delivered|relayed|received)", re.IGNORECASE
)
_LONGEST = 20_000


def meaning_of(words: str, permanent: bool = True) -> tuple[str, str, str] | None:
    """The enhanced code that these words mean, in its three parts; None when they mean none that
    is known."""
    for code, pattern in _WORDS:
        if pattern.search(words[:_LONGEST]):
            subject, _, detail = code.partition(".")
            return ("5" if permanent else "4", subject, detail)
    return None


def says_delayed(subject: str, words: str) -> bool:
    """Whether the mail server is still trying. A subject that says so is believed; a text is when
    it speaks of no end as well."""
    text = words[:_LONGEST]
    if _DELAYED.search(subject) and not _FINAL.search(subject):
        return True
    return bool(_DELAYED.search(text)) and not (_FINAL.search(text) or _FINAL.search(subject))


def says_arrived(words: str) -> bool:
    """Whether it reports that all went well."""
    text = words[:_LONGEST]
    return bool(_ARRIVED.search(text)) and not (_FINAL.search(text) or meaning_of(text))
