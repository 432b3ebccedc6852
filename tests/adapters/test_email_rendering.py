"""EmailRenderer: every message read back with the standard library's parser."""

from __future__ import annotations

import email
import email.message
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from adapters.email.country_names import country_with_code
from adapters.email.mailbox import Mailbox, UnwritableAddress
from adapters.email.mime import assemble
from adapters.email.renderer import RULE, AssistanceContact, EmailRenderer, EmailSettings
from core.link_code import code_of
from core.locale import Locale
from core.messages import Channel, EmailMessage, MessageKind
from core.voter import EmailAddress

NOW = datetime(2027, 7, 1, 12, 5, 59, tzinfo=UTC)
TOKEN = "Zk3v-_" + "a" * 37
LINK = f"https://vote.example.org/renouveler#token={TOKEN}"
SETTINGS = EmailSettings(
    sender="ne-pas-repondre@vote.example.org",
    sender_name="Vote à l’étranger",
    link_template="https://vote.example.org/renouveler#token={token}",
    message_id_domain="vote.example.org",
    assistance=AssistanceContact(
        "assistance@example.org",
        "+33 1 99 00 00 01",
        {Locale.FR: "de 9 h à 18 h", Locale.EN: "9:00 to 18:00"},
    ),
)
KINDS = [kind for kind in MessageKind if kind.channel is Channel.EMAIL]
TO_VOTERS = [kind for kind in KINDS if kind not in (MessageKind.ASSISTANCE, MessageKind.ALERT)]
FACTS = {
    "token": TOKEN,
    "expires_at": NOW,
    "changed_at": NOW,
    "reference": "ABCD2345",
    "topic": "phone_number",
    "contact": "dominique.bernard@example.org",
    "message": "Bonjour,\r\nmon numéro a changé.",
    "received_at": NOW,
    "in_force": 1,
    "notice": "raised",
    "alert": "a1",
    "kind": "delivery_fell",
    "axis": "country",
    "value": "AR",
    "figures": "delivered: 3\nended: 20",
    "raised_at": NOW,
    "ended_at": NOW,
    "by": "",
    "times": 1,
    "help": "docs/how-to/the-last-evening.md",
}


class StoppedClock:
    def now(self) -> datetime:
        return NOW


class Page(HTMLParser):
    """What a reader of the HTML gets: visible text, tags and links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.tags, self.links = "", [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append(dict(attrs)["href"])

    def handle_data(self, data):
        self.text += data


@cache
def shared() -> EmailRenderer:
    return EmailRenderer(SETTINGS, StoppedClock())


@pytest.fixture
def renderer() -> EmailRenderer:
    return shared()


def message(kind=MessageKind.LINK, locale=Locale.FR, to="camille.martin@example.org", **facts):
    return EmailMessage(f"0f8c2e.{kind}", kind, EmailAddress(to), locale, FACTS | facts)


def parsed(content: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(content, policy=email.policy.default)


def body(read: email.message.EmailMessage, subtype: str) -> str:
    part = read.get_body((subtype,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


every_message = pytest.mark.parametrize(
    ("kind", "locale"), [(kind, locale) for kind in KINDS for locale in Locale]
)


@every_message
def test_is_a_sound_message_in_text_and_html(renderer, kind, locale):
    """R34: multipart text and HTML in UTF-8, which the standard parser reads without a defect."""
    written = renderer.render(message(kind, locale))
    read = parsed(written.content)
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert all(not part.defects for part in read.walk())
    assert all(part.get_content_charset() == "utf-8" for part in read.iter_parts())
    assert body(read, "plain") == written.text
    assert body(read, "html") == written.html
    assert read["Subject"] == written.subject


@every_message
def test_lines_are_short_and_end_in_crlf(renderer, kind, locale):
    """R34: ASCII lines of at most 78 characters, which any relay passes on unharmed."""
    content = renderer.render(message(kind, locale)).content
    assert content.isascii()
    assert content.replace(b"\r\n", b"").count(b"\n") == 0
    assert max(map(len, content.split(b"\r\n"))) <= 78


@every_message
def test_headers(renderer, kind, locale):
    """R34: From, To, Date, Auto-Submitted and language say what they should, each once."""
    read = parsed(renderer.render(message(kind, locale)).content)
    assert read["To"] == "camille.martin@example.org"
    assert read["From"].addresses[0].addr_spec == "ne-pas-repondre@vote.example.org"
    assert str(make_header(decode_header(read["From"].addresses[0].display_name))) == (
        "Vote à l’étranger"
    )
    assert read["Date"].datetime == NOW.replace(microsecond=0)
    assert read["Auto-Submitted"] == "auto-generated"
    (other,) = set(Locale) - {locale}
    both = locale if kind is MessageKind.ASSISTANCE else f"{locale}, {other}"
    assert read["Content-Language"] == both
    assert len(read.keys()) == len(set(read.keys()))


def test_message_id_comes_from_the_delivery(renderer):
    """R34: the same delivery sent again has the same Message-ID, another one another."""
    first = parsed(renderer.render(message()).content)["Message-ID"]
    again = parsed(renderer.render(message(locale=Locale.EN)).content)["Message-ID"]
    other = parsed(renderer.render(message(MessageKind.NO_PHONE)).content)["Message-ID"]
    assert first == again == "<0f8c2e.link@vote.example.org>"
    assert other != first


@pytest.mark.parametrize("id", ["a b", "x\r\nBcc: y@example.org", "é", "a..b", "", "x" * 500])
def test_message_id_of_a_strange_id_is_sound_and_stable(renderer, id):
    """R34: whatever the delivery is called, its Message-ID is well-formed, and stays the same."""
    strange = replace(message(), id=id)
    first, again = (parsed(renderer.render(strange).content) for _ in range(2))
    assert first["Message-ID"] == again["Message-ID"]
    assert not first["Message-ID"].defects
    assert first["Bcc"] is None


@every_message
def test_speaks_the_locale(renderer, kind, locale):
    """R46: French and English each have their own words, the language that was asked for first;
    HTML says which they are."""
    written = renderer.render(message(kind, locale))
    first = written.text.partition(RULE)[0].replace(SETTINGS.sender_name, "")
    assert ("é" in first) is (locale is Locale.FR) or kind is MessageKind.ASSISTANCE
    html = dict(Page(written.html).tags)["html"]
    assert html["lang"] == locale


@every_message
def test_says_the_same_in_the_other_language(renderer, kind, locale):
    """R61: A3: whoever asked in a voter's name, in whatever language, she can read it: below a line
    stands what the e-mail in the other language says. The assistance cell needs none of it."""
    written = renderer.render(message(kind, locale))
    (other,) = set(Locale) - {locale}
    theirs = renderer.render(message(kind, other))
    first, _, second = written.text.partition(RULE)
    if kind is MessageKind.ASSISTANCE:
        assert second == ""
        return
    begins = theirs.text.partition(RULE)[0]
    assert second.startswith(f"{theirs.subject}\n\n{begins[:40]}")
    assert first.strip() in theirs.text.replace("\n-- \n", "\n")
    assert written.text.count("\n-- \n") == 1  # readers hide what stands below it
    assert written.html.count("<h1") == written.html.count("<html") == 1
    assert f'<div lang="{other}"' in written.html
    assert theirs.subject in Page(written.html).text


@pytest.mark.parametrize("locale", list(Locale))
def test_link_stands_on_its_own_line_and_behind_a_button(renderer, locale):
    """R4: whoever reads text copies the link; whoever reads HTML clicks a button or copies it."""
    written = renderer.render(message(locale=locale))
    assert LINK in written.text.split("\n")
    page = Page(written.html)
    assert page.links.count(LINK) == 4  # in each language
    assert LINK in page.text.split("\n")


@pytest.mark.parametrize("locale", Locale)
def test_the_link_s_code_stands_beside_it(renderer, locale):
    """R18: who cannot open the link gives its code at the portal: the code has a line of its own,
    in groups that can be read out, with the address to go to."""
    written = renderer.render(message(locale=locale))
    lines = written.text.splitlines()
    assert len({line for line in lines if re.fullmatch(r"(\w{4} ){12}\w{4}", line)}) == 1
    code = code_of(TOKEN)
    assert code in lines
    assert f">{code}</p>" in written.html
    assert written.html.count('href="https://vote.example.org/renouveler"') == len(Locale)


def test_no_code_where_no_portal_takes_it():
    """R18: a partner's own page knows the link alone."""
    settings = replace(SETTINGS, has_portal=False)
    written = EmailRenderer(settings, StoppedClock()).render(message())
    assert LINK in written.text
    assert code_of(TOKEN) not in written.text + written.html
    assert "ce code" not in written.text


def test_link_comes_from_the_configuration(renderer):
    """R18: the link's host is the configured one, the token rides in the fragment."""
    elsewhere = replace(SETTINGS, link_template="https://autre.example.org/r#t={token}&l=1")
    written = EmailRenderer(elsewhere, StoppedClock()).render(message())
    assert f"https://autre.example.org/r#t={TOKEN}&l=1" in written.text.split("\n")
    assert f"https://autre.example.org/r#t={TOKEN}&l=1" in Page(written.html).links


@pytest.mark.parametrize(
    "template",
    [
        "https://vote.example.org/renouveler",
        "https://vote.example.org/renouveler?token={token}",
        "https://vote.example.org/#{token}{token}",
        "http://vote.example.org/#{token}",
        "javascript:alert(1)#{token}",
        "https:///renouveler#{token}",
    ],
)
def test_unsafe_link_template_is_refused(template):
    """R18: a link over plain HTTP, or with the token where logs see it, stops the start-up."""
    with pytest.raises(ValueError, match="link template"):
        EmailRenderer(replace(SETTINGS, link_template=template), StoppedClock())


def test_link_template_may_be_plain_on_this_machine():
    """R18: a demo on the loopback address needs no certificate."""
    local = replace(SETTINGS, link_template="http://127.0.0.1:8000/#token={token}")
    assert "http://127.0.0.1:8000/#token=" in (
        EmailRenderer(local, StoppedClock()).render(message()).text
    )


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not MessageKind.LINK])
def test_only_the_link_message_holds_the_token(renderer, kind):
    """R22: no other message shows the token, even when it is given one."""
    written = renderer.render(message(kind))
    assert TOKEN not in written.text + written.html + written.subject


@pytest.mark.parametrize("kind", TO_VOTERS)
@pytest.mark.parametrize("locale", list(Locale))
def test_facts_beside_the_template_s_own_never_show(renderer, kind, locale):
    """R9, R20: an identifier or a password among the facts ends in no message."""
    written = renderer.render(
        message(kind, locale, identifier="K7WPQ2M4XN9B", password="CANARY234567")
    )
    for content in (written.text, written.html, written.content.decode()):
        assert "K7WPQ2M4XN9B" not in content
        assert "CANARY234567" not in content


@pytest.mark.parametrize("kind", TO_VOTERS)
@pytest.mark.parametrize("locale", list(Locale))
def test_says_whom_to_call(renderer, kind, locale):
    """R22: every message to a voter ends with the assistance cell's address, phone and hours."""
    written = renderer.render(message(kind, locale))
    for content in (written.text, Page(written.html).text):
        assert "assistance@example.org" in content
        assert "+33 1 99 00 00 01" in content
        assert SETTINGS.assistance.hours[locale] in content


@pytest.mark.parametrize("kind", TO_VOTERS)
@pytest.mark.parametrize("locale", Locale)
def test_names_the_portal_and_the_sender(renderer, kind, locale):
    """R34: U4: each e-mail says in its body who sent it and at which address the portal is, so that
    a voter need not believe a link; where there is no portal, none is named."""
    written = renderer.render(message(kind, locale))
    for part in (written.text, written.html):
        assert part.count("Vote à l’étranger (ne-pas-repondre@vote.example.org)") == len(Locale)
    assert {"Portail : https://vote.example.org/", "Portal: https://vote.example.org/"} <= {
        line.replace("\u00a0", " ") for line in written.text.splitlines()
    }
    none = EmailRenderer(replace(SETTINGS, has_portal=False), StoppedClock())
    assert "Portail" not in none.render(message(kind, locale)).text


def test_leaves_out_what_assistance_has_not():
    """R22: without phone or hours, no empty label is shown."""
    bare = replace(SETTINGS, assistance=AssistanceContact("assistance@example.org"))
    written = EmailRenderer(bare, StoppedClock()).render(message())
    assert "Téléphone\u00a0:" not in written.text + written.html
    assert "Horaires" not in written.text + written.html


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (
            datetime(2027, 7, 1, 12, 5, 59, tzinfo=UTC),
            "le 1er juillet 2027 à 14 h 05 (heure de Paris, UTC+2)",
        ),
        (
            datetime(2027, 12, 31, 23, 30, tzinfo=UTC),
            "le 1er janvier 2028 à 0 h 30 (heure de Paris, UTC+1)",
        ),
        (
            datetime(2027, 3, 28, 0, 59, tzinfo=UTC),
            "le 28 mars 2027 à 1 h 59 (heure de Paris, UTC+1)",
        ),
        (
            datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
            "le 28 mars 2027 à 3 h 00 (heure de Paris, UTC+2)",
        ),
    ],
)
def test_end_of_the_link_in_paris_time(renderer, moment, words):
    """R12, R17: the end is told in Paris time, summer and winter, and says so."""
    text = renderer.render(message(expires_at=moment)).text.replace("\u00a0", " ")
    assert f"Il expire {words}" in text


def test_end_of_the_link_in_english(renderer):
    """R12, R46: the same in English."""
    text = renderer.render(message(locale=Locale.EN)).text.replace("\u00a0", " ")
    assert "on 1 July 2027 at 14:05 (Paris time, UTC+2)" in text


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (60, ", soit 60 minutes après l’envoi de ce courriel."),
        (7, ", soit 7 minutes"),
        (0, "UTC+2)."),
    ],
)
def test_end_of_the_link_for_those_who_live_elsewhere(renderer, minutes, said):
    """R12: U4: how long the link lasts is told from the sending as well: that needs no clock of
    Paris. Nothing is said of a link that has ended."""
    end = NOW + timedelta(minutes=minutes)
    text = renderer.render(message(expires_at=end)).text.replace("\u00a0", " ")
    assert said in text
    assert ("après l’envoi" in text) == (minutes > 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("locale", Locale)
def test_paragraphs_of_the_text_part_stand_apart(renderer, kind, locale):
    """R34: U4: between two paragraphs there is one empty line, also where one of them is a case."""
    text = renderer.render(message(kind, locale)).text
    lines = text.partition("\n-- \n")[0].partition(RULE)[0].splitlines()
    for line, below in pairwise(lines):
        assert line or below
        assert below == "" or line[:1] in ("-", "") or len(line) < 60, line


def test_the_button_has_a_border_in_dark_colours(renderer):
    """R34: W5: mail programs that take the button's background away leave its border."""
    html = renderer.render(message()).html
    assert '<a class="button"' in html
    assert "border:2px solid" in html
    assert ".button { border-color: #a8c7ff !important; }" in html


@pytest.mark.parametrize(
    ("locale", "where_to", "not_mine"),
    [
        (
            Locale.FR,
            "à ce numéro\u00a0: Suisse (+41), deux derniers chiffres 67.",
            "Si ce n’est pas votre numéro, n’utilisez pas ce lien\u00a0:",
        ),
        (
            Locale.EN,
            "to this number: Switzerland (+41), last two digits 67.",
            "If that is not your number, do not use this link:",
        ),
    ],
)
def test_a_link_tells_where_the_password_would_go(renderer, locale, where_to, not_mine):
    """R50: country and last two digits of the number, and what to do if it is a stranger's."""
    written = renderer.render(message(locale=locale, phone_country="CH", phone_end="67"))
    for text in (written.text, Page(written.html).text):
        assert where_to in " ".join(text.split(" "))
        assert not_mine in text


@pytest.mark.parametrize(
    ("locale", "kept", "cancelled"),
    [
        (Locale.FR, "aucun autre lien ne vous sera envoyé, même si", "annule les liens précédents"),
        (Locale.EN, "no other link will be sent to you, even if", "cancels earlier links"),
    ],
)
def test_a_link_that_no_other_follows_says_so(renderer, locale, kept, cancelled):
    """R26, R61: whoever asks while it lives is sent nothing, and finds here why."""
    for facts, told, untold in (({"is_kept": 1}, kept, cancelled), ({}, cancelled, kept)):
        written = renderer.render(message(locale=locale, **facts))
        for text in (written.text, Page(written.html).text):
            assert told in text
            assert untold not in text


def test_a_number_of_no_country_is_told_by_its_end(renderer):
    """R50: nothing is made up for a number that no country has."""
    text = renderer.render(message(phone_country="ZZ", phone_end="67")).text
    assert "à ce numéro\u00a0: deux derniers chiffres 67." in text


def test_without_number_the_link_tells_none(renderer):
    """R50: a register without the number at that moment."""
    assert "deux derniers chiffres" not in renderer.render(message()).text


def test_every_country_with_telephones_has_a_name():
    """R50: in both languages."""
    for country in phonenumbers.SUPPORTED_REGIONS:
        for locale in Locale:
            assert country_with_code(country, locale), country


def test_naive_time_is_refused(renderer):
    """R12: a time without zone is never guessed at."""
    with pytest.raises(TypeError):
        renderer.render(message(expires_at=datetime(2027, 7, 1)))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("kind", "phrase"),
    [
        (MessageKind.LINK, "valable que pour un seul renouvellement de mot de passe"),
        (MessageKind.NO_PHONE, "registre des Français établis hors de France"),
        (MessageKind.NO_PHONE, "consulat"),
        (MessageKind.PHONE_UNUSABLE, "il ne peut pas recevoir de SMS tel qu’il est enregistré"),
        (MessageKind.PHONE_UNUSABLE, "registre des Français établis hors de France"),
        (
            MessageKind.IDENTIFIER_RENEWED,
            "il n’est pas possible de renouveler à la fois son identifiant et son mot de passe",
        ),
        (MessageKind.RENEWALS_STOPPED, "Aucun autre mot de passe ne peut être envoyé"),
        (MessageKind.RENEWALS_STOPPED, "contactez la cellule d’assistance"),
        (MessageKind.ROUND_CLOSED, "aucun lien ne vous sera envoyé"),
        (MessageKind.LINK_WITHDRAWN, "faites une nouvelle demande"),
        (MessageKind.PASSWORD_CHANGED, "Si vous n’êtes pas à l’origine de ce renouvellement"),
        (MessageKind.PASSWORD_CHANGED, "Seul le dernier mot de passe émis est valable"),
    ],
)
def test_says_what_the_guide_says(renderer, kind, phrase):
    """R4, R7, R8, R22: the guide's sentences stand in text and HTML alike."""
    written = renderer.render(message(kind))
    assert phrase in written.text
    assert phrase in Page(written.html).text


@pytest.mark.parametrize(
    ("locale", "dead", "untouched"),
    [
        (Locale.FR, "Votre ancien mot de passe ne fonctionne plus", "n’a pas été changé"),
        (Locale.EN, "Your earlier password no longer works", "Your password was not changed"),
    ],
)
@pytest.mark.parametrize("in_force", [1, 0])
def test_says_which_password_works(renderer, locale, dead, untouched, in_force):
    """R19, R46: when the SMS did not go out, the voter reads whether the old password is dead, and
    never both, in text and HTML alike."""
    written = renderer.render(message(MessageKind.PASSWORD_NOT_SENT, locale, in_force=in_force))
    for text in (written.text, Page(written.html).text):
        assert (dead in text, untouched in text) == (in_force == 1, in_force == 0)
        assert "SMS" in text


def test_notice_without_a_time_is_whole(renderer):
    """R22: when the moment of the renewal is not known, the notice is sent all the same."""
    bare = EmailMessage("1", MessageKind.PASSWORD_CHANGED, EmailAddress("a@example.org"), Locale.FR)
    assert "a été renouvelé. Le nouveau" in renderer.render(bare).text


def test_missing_fact_is_an_error(renderer):
    """R4: a link message without a link is never sent."""
    bare = EmailMessage("1", MessageKind.LINK, EmailAddress("a@example.org"), Locale.FR)
    with pytest.raises(KeyError):
        renderer.render(bare)


@every_message
def test_html_is_readable_everywhere(renderer, kind, locale):
    """R46: no image, script, form or outside resource; a dark scheme; one heading, no tables."""
    html = renderer.render(message(kind, locale)).html
    tags = [tag for tag, _ in Page(html).tags]
    assert not set(tags) & {"img", "script", "form", "iframe", "link", "table", "object"}
    assert tags.count("h1") == 1
    assert "url(" not in html
    assert "prefers-color-scheme: dark" in html


@pytest.mark.parametrize("kind", KINDS)
def test_paragraphs_and_lists_have_their_style(renderer, kind):
    """R34: mail programs read no style sheet, so the style stands at each tag."""
    html = renderer.render(message(kind)).html
    assert not re.search(r"<(p|ul|li)>", html)
    assert '<p style="' in html


def test_assistance_gets_the_voter_s_words_unharmed(renderer):
    """R1: the cell reads what was typed; in HTML it is text, whatever it looks like."""
    typed = '<script>alert(1)</script>\n{{ 7*7 }} "&amp;\n.\nFrom: x\n--=_reassort--\nfin  '
    written = renderer.render(message(MessageKind.ASSISTANCE, message=typed))
    read = parsed(written.content)
    assert typed in body(read, "plain")
    page = Page(body(read, "html"))
    assert typed in page.text
    assert "script" not in [tag for tag, _ in page.tags]
    assert "ABCD2345" in read["Subject"]
    assert "numéro de téléphone" in read["Subject"]


def test_assistance_answers_the_voter(renderer):
    """R1: replying to the request writes to the voter, and only this message has a Reply-To."""
    request = parsed(renderer.render(message(MessageKind.ASSISTANCE)).content)
    assert request["Reply-To"] == "dominique.bernard@example.org"
    assert parsed(renderer.render(message()).content)["Reply-To"] is None


@pytest.mark.parametrize(
    "contact",
    ["x@example.org\r\nBcc: y@example.org", "élise@example.org", "a b@example.org", "x@y@z.org"],
)
def test_contact_that_no_header_can_hold_stays_in_the_text(renderer, contact):
    """R1: a strange contact address adds no header and does not keep the request from its way."""
    read = parsed(renderer.render(message(MessageKind.ASSISTANCE, contact=contact)).content)
    assert read["Reply-To"] is None
    assert read["Bcc"] is None
    assert contact.split("\r")[0] in body(read, "plain")


@pytest.mark.parametrize(
    "address",
    [
        "x@example.org\r\nBcc: y@example.org",
        "x@example.org\n",
        "<x@example.org>",
        "x y@example.org",
        'x"y@example.org',
        "x\\@example.org",
        "x\u0085y@example.org",
        "x@example",
        "@example.org",
        "x@y@example.org",
        "x@" + "a" * 64 + ".org",
        "x@exa_mple.org",
        "x@example.org,y@example.org",
    ],
)
def test_address_that_could_smuggle_is_refused(renderer, address):
    """R25: one recipient, the one on file: nothing can be added to the header or the envelope."""
    with pytest.raises(UnwritableAddress) as refusal:
        renderer.render(message(to=address))
    assert address not in str(refusal.value)


def test_reference_cannot_add_a_header(renderer):
    """R34: a line break in what becomes the subject is an error, not a header."""
    with pytest.raises(ValueError, match="control character"):
        renderer.render(message(MessageKind.ASSISTANCE, reference="A\r\nBcc: y@example.org"))


@pytest.mark.parametrize("value", ["x\r\nBcc: y@example.org", "x\ny", "x\r y", "x\x00"])
def test_no_header_holds_another(value):
    """R34: whatever value reaches the message's head, it stays one header or is an error."""
    with pytest.raises(ValueError, match="control character"):
        assemble([("To", value)], "", "")


@pytest.mark.parametrize(
    ("given", "written", "needs_smtputf8"),
    [
        ("camille.martin@example.org", "camille.martin@example.org", False),
        ("camille+vote@Example.org", "camille+vote@Example.org", False),
        ("claude@français.example.org", "claude@xn--franais-xxa.example.org", False),
        ("claude..petit.@example.org", '"claude..petit."@example.org', False),
        ("élise@français.example.org", "élise@xn--franais-xxa.example.org", True),
    ],
)
def test_mailbox_as_relays_take_it(given, written, needs_smtputf8):
    """R25: hosts in IDNA, odd local parts quoted, only a local part beyond ASCII needs SMTPUTF8."""
    mailbox = Mailbox.parse(given)
    assert (mailbox.address, mailbox.needs_smtputf8) == (written, needs_smtputf8)
    assert given.partition("@")[0] not in repr(mailbox)


def test_internationalised_recipient_is_written_in_utf8(renderer):
    """R34: with SMTPUTF8 the header holds the address as it is (RFC 6532)."""
    written = renderer.render(message(to="élise@example.org"))
    assert "To: élise@example.org\r\n".encode() in written.content


@pytest.mark.parametrize(
    "wrong",
    [
        {"sender": "nobody"},
        {"sender": "é@example.org"},
        {"message_id_domain": "vote.example.org>\r\nX: y"},
        {"assistance": AssistanceContact("no address")},
    ],
)
def test_wrong_settings_are_refused_at_once(wrong):
    """R34: a setting that would break every message stops the start-up."""
    with pytest.raises(ValueError):  # noqa: PT011
        EmailRenderer(replace(SETTINGS, **wrong), StoppedClock())


@pytest.mark.parametrize("name", ["", "Vote", "Vote par internet", 'Vote, <x@y>; "a" é' * 8])
def test_any_sender_name_is_written_soundly(name):
    """R34: the display name is encoded where it must be; the address is never touched by it."""
    settings = replace(SETTINGS, sender_name=name)
    content = EmailRenderer(settings, StoppedClock()).render(message()).content
    sender = parsed(content)["From"]
    assert not sender.defects
    assert [each.addr_spec for each in sender.addresses] == ["ne-pas-repondre@vote.example.org"]
    assert sender.addresses[0].display_name.replace(" ", "") == name.replace(" ", "")


_typed = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"], include_characters="\n\t"),
    max_size=300,
)


@settings(max_examples=150, deadline=None)
@given(typed=_typed)
def test_any_text_is_read_back_as_typed(typed):
    """R34: quoted-printable loses nothing: long lines, lone dots, trailing spaces, any script."""
    read = parsed(shared().render(message(MessageKind.ASSISTANCE, message=typed)).content)
    assert not read.defects
    assert f"\n\n{typed}\n\n-- \n" in body(read, "plain")


def test_no_template_is_compiled_twice(renderer, monkeypatch):
    """R29: a worker spends its time on sending: after the first message of a kind nothing is
    compiled any more. What a message costs: `tests/benchmarks/cost_of_steps.py`."""
    compiled, compile_ = [], Environment.compile

    def counted(self, source, *names, **options):
        compiled.append(names)
        return compile_(self, source, *names, **options)

    renderer.render(message())
    monkeypatch.setattr(Environment, "compile", counted)
    for _ in range(3):
        renderer.render(message())
    assert compiled == []
    Environment().from_string("counted")
    assert len(compiled) == 1
