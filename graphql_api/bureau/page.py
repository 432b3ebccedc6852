"""The page, in French, as it is printed: one table after the other, each share with its bar."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from core.evidence import Axis, Line, Tally
from core.intervention import Act
from core.locale import Locale
from core.moments import in_paris

from .report import AXES, Report

TITLES = {
    Axis.CONSTITUENCY: "Par circonscription",
    Axis.POST: "Par poste consulaire",
    Axis.COUNTRY: "Par pays du numéro de téléphone",
}
ACTS = {
    Act.PARTNER_ADDED: "Partenaire ajouté",
    Act.PARTNER_ROTATED: "Clés d’un partenaire renouvelées",
    Act.PARTNER_REVOKED: "Partenaire révoqué",
    Act.SIGNING_SECRET_SHOWN: "Secret de signature montré",
    Act.JOBS_REQUEUED: "Tâches remises en file",
    Act.REGISTER_IMPORTED: "Registre importé",
    Act.REGISTER_FORCED: "Registre importé malgré ses rejets",
    Act.DATABASE_MIGRATED: "Base de données mise à niveau",
    Act.DATABASE_MOVED: "Base de données déplacée",
    Act.PASSWORD_KEYS_ADOPTED: "Clés des mots de passe reprises",
    Act.KEYS_CHANGED: "Clés changées",
    Act.FIRST_SENDING_IMPORTED: "Accusés du premier envoi importés",
    Act.VOTER_SHOWN: "Suivi d’un électeur consulté",
    Act.UNREACHED_NAMED: "Électeurs non joints nommés à deux",
    Act.ROUTES_CHANGED: "Routes changées",
    Act.ALERT_ACKNOWLEDGED: "Alerte prise en charge",
    Act.ALERT_RESOLVED: "Alerte close",
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
    words = {"titles": TITLES, "what": WHAT, "acts": ACTS}
    return template.render(report=report, axes=AXES, group=group, **words)


def number(voters: int) -> str:
    """« 12 345 », with narrow no-break spaces."""
    return f"{voters:,}".replace(",", "\u202f")


def share(tally: Tally) -> str:
    """« 93,4 % », with a no-break space; a dash of nobody."""
    if tally.share is None:
        return "–"
    return f"{tally.share * 100:.1f}".replace(".", ",") + "\u00a0%"
