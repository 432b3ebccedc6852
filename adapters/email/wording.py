"""What the templates of each e-mail are given: final words, in the locale, and nothing to spare."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from core.alert import AlertAxis, AlertKind, AlertPlace
from core.alert_words import sentence
from core.link_code import code_of
from core.messages import EmailMessage, Fact, MessageKind
from core.moments import duration, in_paris
from core.web_address import is_https_or_on_this_machine

from .country_names import country_with_code
from .mime import plain_lines

Words = Mapping[str, str | None]


def checked_link_template(template: str) -> str:
    """`template` once it is sure to make safe links (R18): over HTTPS, `{token}` in the fragment.

    Raises `ValueError`. Plain HTTP is for this machine only.
    """
    address = urlsplit(template)
    if template.count("{token}") != 1 or "{token}" not in address.fragment:
        raise ValueError("the link template holds {token} once, in its fragment")
    if not is_https_or_on_this_machine(template):
        raise ValueError("the link template begins with https://")
    if not address.hostname:
        raise ValueError("the link template names a host")
    return template


@dataclass(frozen=True)
class LinkTemplates:
    """Where a link leads: to one front end, and to the portal as well where that is another."""

    first: str
    portal: str | None = None
    code_page: str | None = None
    """Where the code of the link can be given in its place; None: nowhere."""


def words_for(message: EmailMessage, templates: LinkTemplates, now: datetime) -> Words:
    """The words of this message, sent now. Facts that its kind has no use for go no further."""
    return _WORDS[message.kind](message, templates, now)


def _link(message: EmailMessage, templates: LinkTemplates, now: datetime) -> Words:
    given = str(message.facts["token"])
    token = quote(given, safe="")
    expires_at = _moment(message.facts["expires_at"])
    end = message.facts.get("phone_end")
    country = country_with_code(str(message.facts.get("phone_country")), message.locale)
    return {
        "link": templates.first.replace("{token}", token),
        "portal_link": templates.portal and templates.portal.replace("{token}", token),
        "code": code_of(given),
        "code_page": templates.code_page,
        "front_end": urlsplit(templates.first).hostname,
        "valid_until": in_paris(expires_at, message.locale),
        "valid_for": duration(expires_at - now),
        "is_kept": "yes" if message.facts.get("is_kept") else None,
        "phone_end": None if end is None else str(end),
        "phone_country": country,
    }


def _password_changed(message: EmailMessage, templates: LinkTemplates, now: datetime) -> Words:
    changed_at = message.facts.get("changed_at")
    if changed_at is None:
        return {"changed_at": None}
    return {"changed_at": in_paris(_moment(changed_at), message.locale)}


def _password_not_sent(message: EmailMessage, templates: LinkTemplates, now: datetime) -> Words:
    return {"in_force": "yes" if message.facts.get("in_force") else None}


def _assistance(message: EmailMessage, templates: LinkTemplates, now: datetime) -> Words:
    facts = message.facts
    return {
        "reference": str(facts["reference"]),
        "topic": str(facts["topic"]),
        "contact": str(facts["contact"]),
        "message": plain_lines(str(facts["message"])),
        "received_at": in_paris(_moment(facts["received_at"]), message.locale),
    }


def _alert(message: EmailMessage, templates: LinkTemplates, now: datetime) -> Words:
    facts, locale = message.facts, message.locale
    kind, axis = AlertKind(str(facts["kind"])), AlertAxis(str(facts["axis"]))
    return {
        "what": str(facts["notice"]),
        "alert": str(facts["alert"]),
        "kind": kind.value,
        "sentence": sentence(AlertPlace(kind, axis, str(facts["value"])), locale),
        "since": in_paris(_moment(facts["raised_at"]), locale),
        "ended": in_paris(_moment(facts["ended_at"]), locale),
        "by": str(facts["by"]) or None,
        "again": "yes" if facts["times"] != 1 else None,
        "figures": plain_lines(str(facts["figures"])),
        "help": str(facts["help"]),
    }


def _nothing(message: EmailMessage, templates: LinkTemplates, now: datetime) -> Words:
    return {}


def _moment(fact: Fact) -> datetime:
    if not isinstance(fact, datetime) or fact.tzinfo is None:
        raise TypeError("an aware datetime is wanted")
    return fact


_WORDS: dict[MessageKind, Callable[[EmailMessage, LinkTemplates, datetime], Words]] = {
    MessageKind.LINK: _link,
    MessageKind.NO_PHONE: _nothing,
    MessageKind.PHONE_UNUSABLE: _nothing,
    MessageKind.IDENTIFIER_RENEWED: _nothing,
    MessageKind.ROUND_CLOSED: _nothing,
    MessageKind.RENEWALS_STOPPED: _nothing,
    MessageKind.LINK_WITHDRAWN: _nothing,
    MessageKind.PASSWORD_CHANGED: _password_changed,
    MessageKind.PASSWORD_NOT_SENT: _password_not_sent,
    MessageKind.ASSISTANCE: _assistance,
    MessageKind.ALERT: _alert,
}
