"""The page, in French, as it is printed: one table after the other, each share with its bar."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from core.evidence import Axis, Line, Tally
from core.locale import Locale
from core.moments import in_paris

from .report import AXES, Report

TITLES = {
    Axis.CONSTITUENCY: "Par circonscription",
    Axis.POST: "Par poste consulaire",
    Axis.COUNTRY: "Par pays du numéro de téléphone",
}
WHAT = {"opening": "À l’ouverture", "closing": "À la clôture", "": "Situation"}
NamedCountry = Callable[[str], str | None]


def page(report: Report, named: NamedCountry) -> str:
    """HTML without anything from elsewhere. `named`: how a country is called."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters |= {"number": number, "share": share}
    environment.filters["moment"] = lambda at: in_paris(at, Locale.FR)
    text = files("graphql_api.bureau").joinpath("page.fr.html.j2").read_text("utf-8")

    def group(axis: Axis, line: Line) -> str:
        name = line.group or ""
        return (named(name) or name or "Inconnu") if axis is Axis.COUNTRY else name or "Non indiqué"

    template = environment.from_string(text)
    return template.render(report=report, axes=AXES, titles=TITLES, what=WHAT, group=group)


def number(voters: int) -> str:
    """« 12 345 », with narrow no-break spaces."""
    return f"{voters:,}".replace(",", "\u202f")


def share(tally: Tally) -> str:
    """« 93,4 % », with a no-break space; a dash of nobody."""
    if tally.share is None:
        return "–"
    return f"{tally.share * 100:.1f}".replace(".", ",") + "\u00a0%"
