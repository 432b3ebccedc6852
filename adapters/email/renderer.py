"""EmailRenderer: from a message of the domain to the bytes that a relay takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from functools import partial

from markupsafe import Markup

from core.keys import Keyring
from core.locale import Locale
from core.messages import EmailMessage, MessageKind
from core.ports.clock import Clock

from .compiled import compiled, environment
from .frames import Frames, Texts, Words, Written
from .mailbox import Mailbox, UnwritableAddress, named
from .message_ids import MessageIds
from .mime import assemble_quoted, encoded
from .wording import LinkTemplates, checked_link_template, words_for

_BY_WHAT_IS_SAID = (MessageKind.ASSISTANCE, MessageKind.ALERT)
"""Their templates look at what a word says, and their words come from people."""
RULE = f"\n{'-' * 40}\n\n"
"""Between two languages, in the text part."""


@dataclass(frozen=True)
class AssistanceContact:
    """Whom a voter may turn to. What is left empty is left out of the messages."""

    address: str
    phone: str = ""
    hours: Mapping[Locale, str] = field(default_factory=dict[Locale, str])
    """When someone answers, in the words of each locale."""


@dataclass(frozen=True)
class EmailSettings:
    """Who writes, and what the links look like."""

    sender: str
    """The address in `From`."""
    sender_name: str
    link_template: str
    """With `{token}` in its fragment: "https://vote.example.org/renouveler#token={token}" (R18)."""
    message_id_domain: str
    assistance: AssistanceContact
    partner_links: Mapping[str, str] = field(default_factory=dict[str, str])
    """Link templates of partners' front ends, by the partner's name. Nobody else's is used."""
    has_portal: bool = True
    """Whether there is a portal at `link_template`: partners' e-mails then hold its link, too."""


@dataclass(frozen=True, repr=False)
class RenderedEmail:
    """One message, written out. `content` is what goes over the wire."""

    message_id: str
    sending: str | None
    """The sending's name, for the envelope."""
    recipient: Mailbox
    subject: str
    text: str
    html: str
    at: datetime
    content: bytes


class EmailRenderer:
    """Writes messages. Templates are compiled once; a wrong setting raises `ValueError`."""

    def __init__(
        self, settings: EmailSettings, clock: Clock, keyring: Keyring | None = None
    ) -> None:
        """`keyring` tags the Message-IDs, so that bounces can be told from forgeries."""
        self._clock = clock
        self._message_ids = MessageIds(settings.message_id_domain, keyring)
        self._from = named(settings.sender_name, _ours(settings.sender))
        self._assistance = settings.assistance
        _ours(settings.assistance.address)
        self._link_template = checked_link_template(settings.link_template)
        self._has_portal = settings.has_portal
        self._partner_links = {
            partner: checked_link_template(template)
            for partner, template in settings.partner_links.items()
        }
        self._templates = compiled()
        self._frames = Frames()
        portal = _home(settings.link_template) if settings.has_portal else None
        sender = f"{settings.sender_name} ({settings.sender})"
        self._signatures = {each: self._signature(each, portal, sender) for each in Locale}

    def _signature(self, locale: Locale, portal: str | None, sender: str) -> dict[str, str]:
        """What stands below each message in a language, written once."""
        hours = self._assistance.hours.get(locale, "")
        words = {"assistance": self._assistance, "hours": hours, "portal": portal}
        text, html = (
            environment().get_template(f"{locale}/signature.{kind}").render(words, sender=sender)
            for kind in ("txt", "html")
        )
        return {"signature": text.rstrip("\n"), "signature_html": Markup(html)}  # noqa: S704 - escaped above

    def render(self, message: EmailMessage) -> RenderedEmail:
        """The same id and edition give the same Message-ID, however often (R34).

        Raises `UnwritableAddress` when nobody can be written to at `message.to`.
        """
        recipient = Mailbox.parse(message.to.value)
        now = self._clock.now()
        written = self._in_all_languages(message, now)
        message_id = self._message_ids.of(message.id, message.edition)
        headers = [
            ("From", self._from),
            ("To", recipient.address),
            *_reply_to(message),
            ("Subject", encoded("Subject", written.subject)),
            ("Date", format_datetime(now)),
            ("Message-ID", message_id),
            ("Auto-Submitted", "auto-generated"),
            ("Content-Language", ", ".join(each.value for each in _languages(message))),
        ]
        content = assemble_quoted(headers, written.quoted_text, written.quoted_html)
        sending = self._message_ids.of_sending(message.id, message.sending)
        texts = (written.subject, written.text, written.html)
        return RenderedEmail(message_id, sending, recipient, *texts, now, content)

    def _in_all_languages(self, message: EmailMessage, now: datetime) -> Written:
        """In the language that was asked for; below it the same in the
        others. Anyone may ask in a voter's name, in a language that she does not read (R61)."""
        words = self._words_of(message, now)
        if message.kind in _BY_WHAT_IS_SAID:
            return Written.of(self._rendered(message, words))
        kind = (message.kind, message.locale)
        return self._frames.written(kind, words, partial(self._rendered, message))

    def _words_of(self, message: EmailMessage, now: datetime) -> Words:
        """The words in each language, by its code and their name."""
        templates = self._templates_of(message)
        return {
            f"{each.value}_{name}": word
            for each in _languages(message)
            for name, word in words_for(replace(message, locale=each), templates, now).items()
        }

    def _rendered(self, message: EmailMessage, words: Words) -> Texts:
        first, *below = _languages(message)
        others = [
            (each, *self._written(message.kind, each, words, is_inner=True)) for each in below
        ]
        subject, text, html = self._written(message.kind, first, words, others=others)
        *before, last = [text, *(f"{heading}\n\n{below}" for _, heading, below, _ in others)]
        unsigned = [each.replace("\n-- \n", "\n") for each in before]
        return subject, RULE.join([*unsigned, last]), html

    def _written(
        self,
        kind: MessageKind,
        locale: Locale,
        words: Words,
        *,
        is_inner: bool = False,
        others: Sequence[tuple[Locale, str, str, str]] = (),
    ) -> Texts:
        """Subject, text and HTML. The first line of a text template is the subject. `is_inner`: the
        HTML is a part of a page; `others`: such parts, each with its language."""
        text_template, html_template = self._templates[kind, locale]
        own = f"{locale.value}_"
        given = {
            **{
                name.removeprefix(own): each for name, each in words.items() if name.startswith(own)
            },
            **self._signatures[locale],
            "locale": locale.value,
            "is_inner": is_inner,
            "others": [(each.value, Markup(html)) for each, _, _, html in others],  # noqa: S704
        }
        subject, _, text = text_template.render(given).partition("\n\n")
        return subject, text, html_template.render(given, subject=subject)

    def _templates_of(self, message: EmailMessage) -> LinkTemplates:
        """The partner's own with the portal's, else the portal's: from the settings, never from a
        request (R18). Whoever named the partner, the voter can always go on at the portal (R61)."""
        own = self._partner_links.get(str(message.facts.get("partner")), self._link_template)
        has_another = self._has_portal and own != self._link_template
        another = self._link_template if has_another else None
        page = self._link_template.partition("#")[0]
        return LinkTemplates(own, another, page if self._has_portal else None)


def _languages(message: EmailMessage) -> list[Locale]:
    """The one that was asked for first. The assistance cell is written to in that one alone."""
    if message.kind is MessageKind.ASSISTANCE:
        return [message.locale]
    return sorted(Locale, key=lambda each: each is not message.locale)


def _reply_to(message: EmailMessage) -> list[tuple[str, str]]:
    """The assistance cell answers the voter by answering the e-mail.

    An address that a header cannot carry stands in the text all the same.
    """
    if message.kind is not MessageKind.ASSISTANCE:
        return []
    try:
        voter = Mailbox.parse(str(message.facts["contact"]))
    except UnwritableAddress:
        return []
    return [] if voter.needs_smtputf8 else [("Reply-To", voter.address)]


def _ours(address: str) -> Mailbox:
    mailbox = Mailbox.parse(address)
    if mailbox.needs_smtputf8:
        raise ValueError("our own addresses are plain ASCII")
    return mailbox


def _home(link_template: str) -> str:
    """The address that people type: of the site, without the page that the link opens."""
    return "/".join(link_template.split("/", 3)[:3]) + "/"
