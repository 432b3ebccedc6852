"""Bounces: reads mail servers' reports as they come: RFC 3464 and 6533, or any text from a daemon.

A report is believed when a name with our tag is in it: whoever never saw the e-mail cannot make one
up. The mailbox's owner could; it is their e-mail that then counts as failed. Of what a report
holds, only its codes are kept: no address, no text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.delivery import DeliveryState
from core.ports.clock import Clock
from core.use_cases.record_bounce import Bounce

from .bounce_reasons import reason, status_class
from .bounce_words import says_arrived, says_delayed
from .links_shown import tokens_in
from .mail_systems import is_from_a_mail_system, is_report
from .message_ids import MessageIds, Named
from .report_mail import LONGEST, ReportMail, fields

__all__ = ["LONGEST", "Bounces", "NotABounce"]

_MOST_BLOCKS = 50
_ACTIONS = {
    "failed": DeliveryState.FAILED,
    "delivered": DeliveryState.DELIVERED,
    "delayed": DeliveryState.ACCEPTED,
    "relayed": DeliveryState.ACCEPTED,
    "expanded": DeliveryState.ACCEPTED,
}
"""RFC 3464, 2.3.3. Relayed and expanded: gone on to where nobody will report from."""
_CLASSES = {
    "2": DeliveryState.DELIVERED,
    "4": DeliveryState.ACCEPTED,
    "5": DeliveryState.FAILED,
}
"""Where `Action` is missing."""
_RANKED = (DeliveryState.DELIVERED, DeliveryState.ACCEPTED, DeliveryState.FAILED)
"""A report on several addresses, such as those that ours forwards to: the best counts."""
_EXPIRED = re.compile(r"\b[45]\.4\.7\b")
_CAME_TO = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to")
_ANSWERS = ("in-reply-to", "references")
_DOMAIN = re.compile(r"@([A-Za-z0-9.-]{1,253})")


class NotABounce(Exception):
    """The mail is no report on an e-mail of ours. `reason` is a few words of ours; `is_report`
    tells a mail server's report from a letter."""

    def __init__(self, reason: str, is_report: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_report = is_report


@dataclass(frozen=True)
class _Outcome:
    """What a report says of one recipient."""

    state: DeliveryState
    reason: str | None
    is_delay: bool = False
    domain: str = ""


@dataclass(frozen=True)
class Bounces:
    """Reads mails that came to the bounce address."""

    message_ids: MessageIds
    clock: Clock

    def read(self, mail: bytes) -> Bounce:
        """What the report says. Raises `NotABounce` for everything else: answers of people and of
        machines, reports on other mails, forgeries, and what cannot be read."""
        try:
            report = ReportMail.parse(mail)
            outcomes = _outcomes(report) if is_report(report) else []
            named = self._named(report) if outcomes else None
        except Exception:  # the standard library's parser, over whatever anyone may send
            raise NotABounce("unreadable") from None
        if not outcomes:
            raise NotABounce("no delivery status")
        if named is None:
            raise NotABounce("not on an e-mail of ours", is_report=True)
        best = next(state for state in _RANKED if any(each.state is state for each in outcomes))
        those = [each for each in outcomes if each.state is best]
        return Bounce(
            named.delivery,
            best,
            those[0].reason,
            self.clock.now(),
            named.sending,
            is_delay=those[0].is_delay,
            domains=frozenset(each.domain for each in those if each.domain),
            tokens=tokens_in(report.everything),
        )

    def _named(self, report: ReportMail) -> Named | None:
        """By the envelope, which names the sending; by the header that was sent back; by what the
        report answers to, which some MTAs name and send back nothing; and then anywhere in it."""
        envelope = [*report.statuses, *(report.headers.get(name, "") for name in _CAME_TO)]
        returned = [fields(headers).get("message-id", "") for headers in report.returned]
        answered = [report.headers.get(name, "") for name in _ANSWERS]
        for text in (*envelope, *returned, *answered, report.everything):
            if found := self.message_ids.named_in(text):
                return found
        return None


def _outcomes(report: ReportMail) -> list[_Outcome]:
    """Of each recipient in the delivery status; without one, what the words say."""
    blocks = [
        fields(block)
        for status in report.statuses
        for block in re.split(r"\n[ \t]*\n", status, maxsplit=_MOST_BLOCKS)[:_MOST_BLOCKS]
    ]
    outcomes = [_outcome(block, report.words) for block in blocks]
    told = [each for each in outcomes if each is not None]
    return told or ([_by_words(report)] if is_from_a_mail_system(report) else [])


def _outcome(block: dict[str, str], words: str) -> _Outcome | None:
    status, diagnostic = block.get("status", ""), block.get("diagnostic-code", "")
    action = block.get("action", "").partition("(")[0].strip().lower()
    state = _ACTIONS.get(action) or _CLASSES.get(status_class(status, diagnostic) or "")
    if state is None:
        return None
    is_delay = action == "delayed"
    if is_delay and "will-retry-until" not in block and _gave_up(status, words):
        state, is_delay = DeliveryState.FAILED, False
    domain = _DOMAIN.search(block.get("final-recipient", ""))
    failed = state is DeliveryState.FAILED
    why = reason(status, diagnostic, words if failed or is_delay else "", failed)
    return _Outcome(state, why, is_delay, domain[1].lower() if domain else "")


def _gave_up(status: str, words: str) -> bool:
    """Two mail servers give up by a report of a delay, and send no other: OpenSMTPD (6.8) with the
    code for a time that has run out, nullmailer (2.2) with the last code that it heard."""
    return bool(_EXPIRED.search(status)) or "nullmailer delivery system" in words


def _by_words(report: ReportMail) -> _Outcome:
    """Where the parts are broken, the fields of a delivery status may stand in the text."""
    subject, words = report.headers.get("subject", ""), report.words
    stated = _outcome(fields(words), words)
    if stated is not None:
        return stated
    if says_arrived(words):
        return _Outcome(DeliveryState.ACCEPTED, None)
    delayed = says_delayed(subject, words)
    state = DeliveryState.ACCEPTED if delayed else DeliveryState.FAILED
    return _Outcome(state, reason("", "", words, failed=not delayed), delayed)
