"""What a deployment tells on every page of its portal: whom to call, and the footer's links."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files

from core.locale import Locale


@dataclass(frozen=True)
class Site:
    """What is empty is left out."""

    email: str = ""
    phone: str = ""
    hours: Mapping[Locale, str] = field(default_factory=dict[Locale, str])
    links: Mapping[str, str] = field(default_factory=dict[str, str])
    """Addresses by what they lead to: `accessibility`, `legal`, `privacy`."""

    def assistance(self) -> str:
        """For a browser that runs no script: how the cell is reached, and the same in English below
        what the page itself says in French."""
        english = escape(_words(Locale.EN)["noscript"])
        below = f'<div lang="en"><p>{english}</p>{self._contact(Locale.EN)}</div>'
        return self._contact(Locale.FR) + below

    def footer(self, to_help: bool = True) -> str:
        """The page's foot; the words follow the page's language. The help page does not lead to
        itself: a message that is being written would be lost."""
        items = "".join(self._footing(to_help))
        return f'<footer class="foot"><ul>{items}</ul></footer>' if items else ""

    def _footing(self, to_help: bool) -> Iterator[str]:
        if to_help:
            yield _item("footer.help", "assistance")
        for name, address in self.links.items():
            if address:
                yield _item(f"footer.{name}", address)

    def _contact(self, locale: Locale) -> str:
        words, hours = _words(locale), self.hours.get(locale, "")
        dialled = "".join(each for each in self.phone if each.isdecimal() or each == "+")
        phone = f'<a href="tel:{dialled}">{escape(self.phone)}</a>' if self.phone else ""
        email = f'<a href="mailto:{escape(self.email)}">{escape(self.email)}</a>'
        told = {"phone": phone, "hours": escape(hours), "mailbox": email if self.email else ""}
        rows = [
            f"<dt>{escape(words[f'assistance.{name}'])}</dt><dd>{text}</dd>"
            for name, text in told.items()
            if text
        ]
        return f"<dl>{''.join(rows)}</dl>"


def _item(key: str, address: str) -> str:
    said = escape(_words(Locale.FR)[key])
    return f'<li><a href="{escape(address)}" data-t="{key}">{said}</a></li>'


@cache
def _words(locale: Locale) -> dict[str, str]:
    folder = files("graphql_api.portal").joinpath("locales")
    return json.loads(folder.joinpath(f"{locale.value}.json").read_text("utf-8"))
