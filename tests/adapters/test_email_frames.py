"""E-mails from frames: character for character what the templates write."""

from __future__ import annotations

import quopri
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.frames import Body, Frames, Written
from adapters.email.renderer import EmailRenderer, RenderedEmail
from core.locale import Locale
from core.messages import EmailMessage, MessageKind
from core.voter import EmailAddress
from tests.adapters.test_email_rendering import (
    FACTS,
    NOW,
    SETTINGS,
    TO_VOTERS,
    StoppedClock,
    message,
    parsed,
)

PARTNERS = {"canada": "https://québec.example.org/?a=1&b=%22#token={token}"}
FACTS_OF_A_LINK = {
    "is_kept": (0, 1),
    "phone_end": (None, "07"),
    "phone_country": ("FR", "CI", "001"),
    "partner": (None, "canada"),
}
WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=90)
PIECES = st.builds(
    lambda size, end: "x" * size + end,
    st.integers(66, 78) | st.integers(0, 3),
    st.text("é =.\t\n\r", max_size=5),
)
"""Lines about as long as they may be, with ends of every kind."""


class Templates(Frames):
    """Renders each time, as before frames were."""

    def written(self, kind, words, render):
        return Written.of(render(words))


def by_templates(settings) -> EmailRenderer:
    made = EmailRenderer(settings, StoppedClock())
    made._frames = Templates()
    return made


def read(written: RenderedEmail) -> dict[str, object]:
    """All of an e-mail, its content as a mail program decodes it."""
    mail = parsed(written.content)
    parts = [(each.items(), each.get_payload(decode=True)) for each in mail.iter_parts()]
    return {**vars(written), "content": (mail.items(), parts)}


def every_link() -> list[EmailMessage]:
    facts = [dict(zip(FACTS_OF_A_LINK, each, strict=True)) for each in _all(FACTS_OF_A_LINK)]
    return [message(locale=locale, **each) for locale in Locale for each in facts]


def _all(facts):
    return product(*facts.values())


@pytest.mark.parametrize("has_portal", [True, False])
def test_every_link_is_what_its_templates_write(has_portal):
    """R18, R61: whatever is left out of it, in either language, at a partner's or the portal's, the
    first of a shape and those that follow."""
    settings = replace(SETTINGS, partner_links=PARTNERS, has_portal=has_portal)
    framed, templates = EmailRenderer(settings, StoppedClock()), by_templates(settings)
    for each in every_link():
        expected = templates.render(each)
        assert read(framed.render(each)) == read(expected)
        another = replace(each, facts={**each.facts, "token": "<&\"'>" + "b" * 38})
        assert read(framed.render(another)) == read(templates.render(another))
        assert read(framed.render(each)) == read(expected)


@pytest.mark.parametrize("kind", TO_VOTERS)
@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("facts", [FACTS, {**FACTS, "changed_at": None, "in_force": 0}])
def test_every_kind_is_what_its_templates_write(kind, locale, facts):
    """R22: the notice with and without its time, and all that explains why there is no link."""
    framed, templates = EmailRenderer(SETTINGS, StoppedClock()), by_templates(SETTINGS)
    for to in ("camille.martin@example.org", "andré@example.org", "a@bücher.example"):
        sent = EmailMessage("0f8c2e.x", kind, EmailAddress(to), locale, facts, 2)
        for _ in range(2):
            assert read(framed.render(sent)) == read(templates.render(sent))


def test_a_frame_is_made_once_for_a_shape_and_keeps_no_word():
    """R20: what stays in memory is what any voter's e-mail says."""
    framed = EmailRenderer(SETTINGS, StoppedClock())
    for token in ("a" * 43, "b" * 43, "c" * 43):
        framed.render(message(token=token))
    assert len(framed._frames._made) == 1
    kept = repr(framed._frames._made)
    assert "aaaa" not in kept
    assert "bbbb" not in kept
    framed.render(message(phone_end="07"))
    framed.render(message(MessageKind.PASSWORD_CHANGED, changed_at=NOW))
    assert len(framed._frames._made) == 3


@given(st.lists(WORDS, min_size=1, max_size=12), WORDS, WORDS)
def test_words_are_quoted_apart_from_their_lines(lines, word, another):
    """RFC 2045, 6.7: long lines, spaces and dots at their ends, any character, and any word at
    either end of a line, beside another or between."""
    lines = [each.replace("\ue000", "") for each in lines]
    one, two = "\ue000word\ue001", "\ue000another\ue001"
    marked = (f"before {one} after", f"{two}{one} after", f"before {two}", one, f"{one} {two}")
    text = "\n".join([*lines, *marked, *lines, one])
    filled, encoded = Body.of(text).filled({"word": word, "another": another})
    assert filled == text.replace(one, word).replace(two, another)
    said = filled.replace("\r\n", "\n").replace("\r", "\n")
    assert quopri.decodestring(encoded).decode() == said.replace("\n", "\r\n")
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))
    assert encoded.count(b"\r\n") == encoded.count(b"\r") == encoded.count(b"\n")


@given(*[PIECES] * 5)
def test_no_line_is_too_long_and_no_line_end_is_parted(begin, word, between, another, end):
    """RFC 2045, 6.7: 76 characters, a soft line end among them."""
    text = f"{begin}\ue000word\ue001{between}\ue000another\ue001{end}"
    filled, encoded = Body.of(text).filled({"word": word, "another": another})
    assert filled == f"{begin}{word}{between}{another}{end}"
    said = filled.replace("\r\n", "\n").replace("\r", "\n")
    assert quopri.decodestring(encoded).decode() == said.replace("\n", "\r\n")
    assert all(len(line) <= 76 for line in encoded.split(b"\r\n"))
