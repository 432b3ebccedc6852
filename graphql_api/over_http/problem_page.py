"""The page that says why an address cannot be shown: in French and in English, whoever asks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files

from core.locale import Locale

POLICY = (
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_PASSING = frozenset({429, 503, 500})
"""What is worth trying again as it is."""


@dataclass(frozen=True)
class Cell:
    """How the assistance cell is reached. What is empty is left out."""

    email: str = ""
    phone: str = ""
    hours: Mapping[Locale, str] = field(default_factory=dict[Locale, str])


@dataclass(frozen=True)
class ProblemPage:
    """Written anew for each problem; it needs no script, and no style to be read."""

    cell: Cell = field(default_factory=Cell)
    home: str | None = None
    """The sign-in page's address. None: there is none here."""
    link_page: str | None = None
    """Where a link is opened or its code given. None: nowhere."""
    has_style: bool = False
    """Whether the portal's style sheets are served beside this."""

    def write(
        self, status: int, first: Locale, reference: str = "", wait: str | None = None
    ) -> bytes:
        """The HTML for a status. `first`: the language that stands above the other; `wait`: seconds
        after which it is worth trying again."""
        languages = sorted(Locale, key=lambda each: each is not first)
        site = escape(_words(first)["site"])
        title = f"{escape(_text(first, status, ''))} – {site}"
        styles = "".join(
            f'<link rel="stylesheet" href="/portal/{name}.css">'
            for name in ("theme", "portal")
            if self.has_style
        )
        sections = "".join(
            self._section(each, status, reference, wait, "h1" if each is first else "h2")
            for each in languages
        )
        return (
            f'<!doctype html>\n<html lang="{first.value}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark">'
            f'<title>{title}</title><link rel="icon" href="data:,">{styles}</head>\n'
            f'<body><header class="banner"><p class="name">{site}</p></header>\n'
            f'<main id="content">{sections}</main></body></html>\n'
        ).encode()

    def _section(
        self, locale: Locale, status: int, reference: str, wait: str | None, heading: str
    ) -> str:
        words = _words(locale)
        text = f"{_text(locale, status, '.text')} {_when(locale, status, wait)}".strip()
        links = [("", words["again"])] if status in _PASSING else []
        links += [(self.link_page, words["link"])] if self.link_page else []
        links += [(self.home, words["home"])] if self.home else []
        listed = "".join(
            f'<li><a href="{escape(to)}">{escape(said)}</a></li>' for to, said in links
        )
        told = words["reference"].format(reference=reference) if reference else ""
        return (
            f'<section lang="{locale.value}"><{heading}>{escape(_text(locale, status, ""))}'
            f"</{heading}><p>{escape(text)}</p>{f'<ul>{listed}</ul>' if listed else ''}"
            f'{self._help(locale)}<p class="hint">{escape(told)}</p></section>\n'
        )

    def _help(self, locale: Locale) -> str:
        cell, hours = self.cell, self.cell.hours.get(locale, "")
        phone = f'<a href="tel:{escape(dialled(cell.phone))}">{escape(cell.phone)}</a>'
        mail = f'<a href="mailto:{escape(cell.email)}">{escape(cell.email)}</a>'
        told = [phone if cell.phone else "", escape(hours), mail if cell.email else ""]
        rest = "<br>".join(each for each in told if each)
        return f"<p><strong>{escape(_words(locale)['help'])}</strong><br>{rest}</p>" if rest else ""


def dialled(phone: str) -> str:
    """A telephone number as a `tel:` address has it (RFC 3966): digits and the plus."""
    return "".join(each for each in phone if each.isdecimal() or each == "+")


def _when(locale: Locale, status: int, wait: str | None) -> str:
    """When it is worth trying again, once: in so many seconds, or by and by."""
    words = _words(locale)
    if wait is not None and wait.isdecimal():
        return words["wait.1" if int(wait) == 1 else "wait"].format(seconds=wait)
    return words.get(f"{status}.later", "")


def _text(locale: Locale, status: int, part: str) -> str:
    words = _words(locale)
    known = status if str(status) in words else 500 if status >= 500 else 400
    return words[f"{known}{part}"]


@cache
def _words(locale: Locale) -> dict[str, str]:
    folder = files("graphql_api.over_http").joinpath("locales")
    return json.loads(folder.joinpath(f"{locale.value}.json").read_text("utf-8"))
