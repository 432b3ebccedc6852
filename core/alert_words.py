"""What an alert says to people, in each language, and where they find help."""

from __future__ import annotations

from core.alert import AlertAxis, AlertKind, AlertPlace
from core.locale import Locale


def sentence(place: AlertPlace, locale: Locale) -> str:
    """« Trop peu de messages arrivent (pays AR). »"""
    # A route is named with where it goes: "A: AR".
    value = place.value.replace(": ", ", ")
    where = f" ({_AXES[locale][place.axis]} {value})" if value else ""
    return f"{_SENTENCES[locale][place.kind]}{where}."


def help_page(kind: AlertKind) -> str:
    """The page of the documentation that says what to do, from its root."""
    return _PAGES[kind]


_AXES: dict[Locale, dict[AlertAxis, str]] = {
    Locale.FR: {
        AlertAxis.DEPLOYMENT: "",
        AlertAxis.COUNTRY: "pays",
        AlertAxis.ROUTE: "route",
        AlertAxis.MAILBOX_DOMAIN: "domaine",
        AlertAxis.CONSTITUENCY: "circonscription",
        AlertAxis.NEIGHBOUR: "voisin",
        AlertAxis.CAP: "plafond",
        AlertAxis.REASON: "motif",
    },
    Locale.EN: {
        AlertAxis.DEPLOYMENT: "",
        AlertAxis.COUNTRY: "country",
        AlertAxis.ROUTE: "route",
        AlertAxis.MAILBOX_DOMAIN: "domain",
        AlertAxis.CONSTITUENCY: "constituency",
        AlertAxis.NEIGHBOUR: "neighbour",
        AlertAxis.CAP: "cap",
        AlertAxis.REASON: "reason",
    },
}
_SENTENCES: dict[Locale, dict[AlertKind, str]] = {
    Locale.FR: {
        AlertKind.WORKERS_MISSING: "Aucun worker ne vit : les demandes sont prises, personne ne "
        "reçoit de message",
        AlertKind.HEARTBEAT_MISSING: "Un worker ne donne plus signe de vie",
        AlertKind.NEIGHBOUR_DOWN: "Un système voisin ne répond plus",
        AlertKind.ROUTE_FELL: "Une route SMS ne délivre presque plus",
        AlertKind.MAIL_ROUTE_FELL: "Les liens qu’un relais de courriel achemine ne servent presque "
        "plus",
        AlertKind.DELIVERY_FELL: "Trop peu de messages arrivent",
        AlertKind.VOTERS_UNREACHED: "Des électeurs ne sont pas joints",
        AlertKind.SPENDING_STOPPED: "Des SMS attendent : un plafond est atteint",
        AlertKind.RECEIPTS_UNTIED: "Des accusés ne correspondent à aucun SMS",
        AlertKind.BOUNCES_UNREAD: "Des rapports de serveurs de courriel restent illisibles",
        AlertKind.JOBS_LATE: "Des tâches attendent trop longtemps",
        AlertKind.JOBS_BURIED: "Des tâches ont été abandonnées",
        AlertKind.REFUSALS_SURGED: "Les refus se multiplient",
        AlertKind.PASSWORDS_REFUSED: "Le stockage des mots de passe refuse un nouveau mot de passe",
        AlertKind.CLOCK_REFUSED: "Un processus s’est arrêté : son horloge est fausse",
        AlertKind.RESTORE_FOUND: "Un processus s’est arrêté : une sauvegarde a été remise en place",
    },
    Locale.EN: {
        AlertKind.WORKERS_MISSING: "No worker lives: requests are taken, nobody is written to",
        AlertKind.HEARTBEAT_MISSING: "A worker has fallen silent",
        AlertKind.NEIGHBOUR_DOWN: "A neighbouring system does not answer any more",
        AlertKind.ROUTE_FELL: "An SMS route hardly delivers any more",
        AlertKind.MAIL_ROUTE_FELL: "The links that a mail relay carries are hardly used any more",
        AlertKind.DELIVERY_FELL: "Too few messages arrive",
        AlertKind.VOTERS_UNREACHED: "Some voters are not reached",
        AlertKind.SPENDING_STOPPED: "SMS wait: a cap is reached",
        AlertKind.RECEIPTS_UNTIED: "Receipts tie to no SMS",
        AlertKind.BOUNCES_UNREAD: "Reports of mail servers cannot be read",
        AlertKind.JOBS_LATE: "Jobs wait for too long",
        AlertKind.JOBS_BURIED: "Jobs were given up",
        AlertKind.REFUSALS_SURGED: "Refusals surge",
        AlertKind.PASSWORDS_REFUSED: "The credential store refuses a new password",
        AlertKind.CLOCK_REFUSED: "A process has stopped: its clock is wrong",
        AlertKind.RESTORE_FOUND: "A process has stopped: a backup was put back",
    },
}
_PAGES = {
    AlertKind.WORKERS_MISSING: "docs/how-to/the-last-evening.md",
    AlertKind.HEARTBEAT_MISSING: "docs/how-to/the-last-evening.md",
    AlertKind.NEIGHBOUR_DOWN: "docs/how-to/the-last-evening.md",
    AlertKind.ROUTE_FELL: "docs/how-to/route-sms.md",
    AlertKind.MAIL_ROUTE_FELL: "docs/how-to/route-mail.md",
    AlertKind.DELIVERY_FELL: "docs/how-to/the-last-evening.md",
    AlertKind.VOTERS_UNREACHED: "docs/explanation/delivery.md",
    AlertKind.SPENDING_STOPPED: "docs/how-to/route-sms.md",
    AlertKind.RECEIPTS_UNTIED: "docs/how-to/receive-receipts.md",
    AlertKind.BOUNCES_UNREAD: "docs/how-to/receive-receipts.md",
    AlertKind.JOBS_LATE: "docs/how-to/the-last-evening.md",
    AlertKind.JOBS_BURIED: "docs/how-to/dead-letters.md",
    AlertKind.REFUSALS_SURGED: "docs/reference/events-and-logs.md",
    AlertKind.PASSWORDS_REFUSED: "docs/how-to/connect-credentials.md",
    AlertKind.CLOCK_REFUSED: "docs/how-to/keep-the-clocks-right.md",
    AlertKind.RESTORE_FOUND: "docs/how-to/back-up-and-restore.md",
}
