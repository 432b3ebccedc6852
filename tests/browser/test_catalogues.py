"""The portal's catalogues: complete, alike in both languages, and the only place with words."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest

from core.errors import LinkProblem, RenewalClosed

PORTAL = files("graphql_api.portal")
PAGES = sorted(each.name for each in PORTAL.iterdir() if each.name.endswith(".html"))
SCRIPTS = sorted(each.name for each in PORTAL.iterdir() if each.name.endswith(".js"))
VOID = {"meta", "link", "input", "img", "br"}
UNWORDED = {"?"}
"""What stands on the pages and is no word: the help icon."""
ATTRIBUTES = ("alt", "title", "placeholder", "aria-label", "aria-description")


class Words(HTMLParser):
    """Collects `(key, text)` of each text and each spoken attribute; the key is None without."""

    def __init__(self, file: Traversable) -> None:
        super().__init__()
        self._open: list[tuple[str, str | None]] = []
        self.found: list[tuple[str | None, str]] = []
        self.feed(file.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        for name in ATTRIBUTES:
            if name in given:
                self.found.append((given.get("data-t-label"), given[name] or ""))
        # The switch is written by the page's code, from the catalogue.
        key = "language.other" if "data-language" in given else given.get("data-t")
        if tag not in VOID:
            self._open.append((tag, key))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        text = data.strip()
        if text and text not in UNWORDED:
            self.found.append((self._open[-1][1], text))


KEPT = ("language", "token", "renewed", "request", "requested")
NO_KEYS = {f"reassort.{name}" for name in KEPT}
"""What scripts write in quotation marks with a dot, and is no key of a text."""


def used_keys(script: str) -> set[str]:
    """The keys that a script names."""
    source = PORTAL.joinpath(script).read_text("utf-8")
    quoted = set(re.findall(r'"([a-z]+(?:\.\w+)+)"', source)) | set(
        re.findall(r'say\("(\w+)"', source)
    )
    return quoted - NO_KEYS - {"securityCode.answer"}


def in_scripts() -> set[str]:
    return {key for script in SCRIPTS for key in used_keys(script)}


def test_both_languages_have_the_same_keys(catalogues):
    """R46: what can be said in one language can be said in the other."""
    assert catalogues["fr"].keys() == catalogues["en"].keys()
    assert all(text.strip() for texts in catalogues.values() for text in texts.values())


def test_same_placeholders(catalogues):
    """R46: what is filled into a text in one language is filled into it in the other."""
    for key, text in catalogues["fr"].items():
        names = re.findall(r"\{(\w+)\}", text)
        assert sorted(names) == sorted(re.findall(r"\{(\w+)\}", catalogues["en"][key])), key


def test_translated(catalogues):
    """R46: English is not French."""
    same = {key for key, text in catalogues["fr"].items() if catalogues["en"][key] == text}
    assert same <= {"assistance.message", "title"}


def test_french_typography(catalogues):
    """R46: French has no-break spaces within « » and before : ; ? !, typographic apostrophes, and
    an ellipsis of one sign."""
    for key, text in catalogues["fr"].items():
        assert not re.search(r"(?<![\u00a0\u202f])[:;?!»]|«(?![\u00a0\u202f])", text), key
        assert not re.search(r"'|\.\.\.", text), key


@pytest.mark.parametrize("page", PAGES)
def test_html_says_what_the_catalogue_says(catalogues, page):
    """R46: every word of the HTML has its key, and is the French catalogue's, so that the page can
    be read before its code is there."""
    for key, text in Words(PORTAL.joinpath(page)).found:
        assert key is not None, f"not in the catalogues: {text}"
        assert catalogues["fr"][key] == text, key


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_say_what_the_catalogue_has(catalogues, script):
    """R46: every key that the code names exists, and the code itself holds no sentence."""
    missing = used_keys(script) - catalogues["fr"].keys()
    assert missing == set()
    source = re.sub(
        r"/\*.*?\*/|//[^\n]*", "", PORTAL.joinpath(script).read_text("utf-8"), flags=re.S
    )
    quoted = re.findall(r'"([^"\n]*)"', source)
    sentences = [text for text in quoted if re.search(r"[A-Za-zÀ-ÿ]{2,} [A-Za-zÀ-ÿ]{2,}", text)]
    assert [text for text in sentences if text != "no answer"] == []  # an exception's, never shown
    assert not re.search(r"[À-ÿ]", source)


def test_each_key_is_used(catalogues):
    """R46: the catalogues carry nothing that is said nowhere."""
    in_pages = {key for page in PAGES for key, _ in Words(PORTAL.joinpath(page)).found}
    local = {f"{key}.local" for key in in_scripts()}
    families = {key for key in catalogues["fr"] if key.startswith(("dead.", "ask.", "required."))}
    families |= {f"footer.{name}" for name in ("help", "accessibility", "legal", "privacy")}
    assert catalogues["fr"].keys() - in_pages - in_scripts() - local - families == set()


def codes_in(name: str) -> set[str]:
    """The codes of a list in the code of screen 5."""
    source = PORTAL.joinpath("confirm.js").read_text("utf-8")
    codes = re.search(rf"\b{name} = \[(.*?)\]", source, re.S)
    assert codes
    return set(re.findall(r'"(\w+)"', codes[1]))


def test_each_end_of_a_link_has_its_advice(catalogues):
    """R46, R61: whatever ends a renewal at its link, the page knows that it is the end, and has a
    word of advice of its own in both languages; it has none for what cannot happen. The mismatch
    is the end once no attempt is left; without a link there is nothing to ask the gateway."""
    ends = {each.value for each in LinkProblem} | {RenewalClosed.code}
    assert codes_in("FINAL") == ends - {"IDENTIFIER_MISMATCH"}
    told = ends - {"UNKNOWN_LINK"}  # the link is asked for again
    for texts in catalogues.values():
        keys = {key.removeprefix("dead.") for key in texts if key.startswith("dead.")}
        assert keys - {"heading", "again"} == told | {f"{end}.heading" for end in told}
        assert len({texts[f"dead.{end}"] for end in told}) == len(told)
        for why in ("NO_LINK", "SPOILT_LINK", "UNKNOWN_LINK"):
            assert texts[f"ask.{why}"]
            assert texts[f"ask.{why}.heading"]


def test_a_new_request_is_advised_where_it_helps(catalogues):
    """R61: the page offers a new request unless it would be refused like this one; only then the
    advice leads to the assistance cell, or to wait."""
    for end in codes_in("NOT_ANEW"):
        assert "nouvelle demande" not in catalogues["fr"][f"dead.{end}"]
    for end in ("LINK_EXPIRED", "LINK_REVOKED", "IDENTIFIER_MISMATCH"):
        assert end not in codes_in("NOT_ANEW")
        assert "nouvelle demande" in catalogues["fr"][f"dead.{end}"]
        assert "new request" in catalogues["en"][f"dead.{end}"]
