"""The templates of e-mails, read and compiled once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template, select_autoescape

from core.locale import Locale
from core.messages import Channel, MessageKind

_STYLES = {
    "p": "margin:0 0 16px",
    "ul": "margin:0 0 16px;padding-left:24px",
    "li": "margin:0 0 8px",
}
"""Set on every tag of the templates that has none of its own: mail programs read no style sheet."""


@cache
def environment() -> Environment:
    """Of all templates; a word that is not given is an error."""
    return Environment(
        loader=FunctionLoader(_source),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )


@cache
def compiled() -> dict[tuple[MessageKind, Locale], tuple[Template, Template]]:
    """The text and the HTML of each kind in each language."""
    return {
        (kind, locale): (
            environment().get_template(f"{locale}/{kind}.txt"),
            environment().get_template(f"{locale}/{kind}.html"),
        )
        for kind in MessageKind
        if kind.channel is Channel.EMAIL
        for locale in Locale
    }


def _source(name: str) -> str | None:
    file = files("adapters.email").joinpath("templates", *name.split("/"))
    if not file.is_file():
        return None
    text = file.read_text("utf-8")
    for tag, style in _STYLES.items() if name.endswith(".html") else ():
        text = text.replace(f"<{tag}>", f'<{tag} style="{style}">')
    return text
