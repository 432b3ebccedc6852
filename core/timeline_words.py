"""The lines of a timeline as people read them, in each language."""

from __future__ import annotations

from core.locale import Locale
from core.messages import MessageKind
from core.reasons import Dismissal, Revocation
from core.timeline import Entry, Step


def sentence(entry: Entry, locale: Locale) -> str:
    """« Le SMS part par la route nord (AR, 2e tentative). » It ends with what was said, if
    anything was."""
    told = _SENTENCES[locale][entry.step].format(
        route=entry.route or "?",
        to=_to(entry, locale),
        by=_BY[locale].format(entry.operator) if entry.operator else "",
        message=_MESSAGES[locale][entry.message] if entry.message else "",
        through=_THROUGH[locale].format(entry.partner) if entry.partner else "",
        why=_REASONS[locale].get(entry.reason or "", entry.reason),
    )
    is_said = entry.reason is not None and entry.step not in (Step.DISMISSED, Step.LINK_REVOKED)
    return f"{told}{_SAID[locale].format(entry.reason)}" if is_said else f"{told}."


def _to(entry: Entry, locale: Locale) -> str:
    """The country, and which attempt it is from the second on."""
    again = _ATTEMPT[locale].format(entry.number) if (entry.number or 1) > 1 else None
    facts = ", ".join(each for each in (entry.country, again) if each)
    return f" ({facts})" if facts else ""


_SAID = {Locale.FR: " : « {} ».", Locale.EN: ": “{}”."}
_ATTEMPT = {Locale.FR: "tentative {}", Locale.EN: "attempt {}"}
_BY = {Locale.FR: ", selon l’opérateur {}", Locale.EN: ", says operator {}"}
_THROUGH = {Locale.FR: " par le site de {}", Locale.EN: " through {}"}
_SENTENCES: dict[Locale, dict[Step, str]] = {
    Locale.FR: {
        Step.RECEIVED: "La demande est reçue{through}",
        Step.DISMISSED: "La demande est écartée : {why}",
        Step.LINK_ISSUED: "Un lien est créé, et son courriel mis en file",
        Step.LINK_EXPIRED: "Le lien a expiré sans avoir servi",
        Step.LINK_SUPERSEDED: "Un lien plus récent remplace celui-ci",
        Step.LINK_REVOKED: "Le lien est révoqué : {why}",
        Step.CONFIRMED: "L’électeur confirme par le lien",
        Step.EMAIL_DEFERRED: "{message} attend, route {route}{to}",
        Step.EMAIL_HANDED_OVER: "{message} est remis à la route {route}{to}",
        Step.EMAIL_ARRIVED: "{message} est arrivé",
        Step.EMAIL_FAILED: "{message} n’est pas arrivé, route {route}{to}",
        Step.EMAIL_GIVEN_UP: "{message} est abandonné",
        Step.SMS_BEGUN: "Le SMS part par la route {route}{to}",
        Step.SMS_DEFERRED: "La route {route}{to} ne prend pas le SMS pour l’instant",
        Step.SMS_REFUSED: "La route {route}{to} refuse le SMS",
        Step.SMS_HANDED_OVER: "Le SMS est remis à la route {route}{to}",
        Step.SMS_ARRIVED: "Le SMS est arrivé par la route {route}{to}{by} : l’électeur est joint",
        Step.SMS_FAILED: "Le SMS n’est pas arrivé par la route {route}{to}{by}",
        Step.SMS_SILENT: "Aucun accusé de la route {route}{to} dans le délai",
        Step.SMS_GIVEN_UP: "Le SMS est abandonné : l’électeur n’est pas joint",
    },
    Locale.EN: {
        Step.RECEIVED: "The request is received{through}",
        Step.DISMISSED: "The request is dismissed: {why}",
        Step.LINK_ISSUED: "A link is issued, and its e-mail queued",
        Step.LINK_EXPIRED: "The link has expired unused",
        Step.LINK_SUPERSEDED: "A later link replaces this one",
        Step.LINK_REVOKED: "The link is revoked: {why}",
        Step.CONFIRMED: "The voter confirms by the link",
        Step.EMAIL_DEFERRED: "{message} waits, route {route}{to}",
        Step.EMAIL_HANDED_OVER: "{message} is handed to route {route}{to}",
        Step.EMAIL_ARRIVED: "{message} has arrived",
        Step.EMAIL_FAILED: "{message} has not arrived, route {route}{to}",
        Step.EMAIL_GIVEN_UP: "{message} is given up",
        Step.SMS_BEGUN: "The SMS goes by route {route}{to}",
        Step.SMS_DEFERRED: "Route {route}{to} does not take the SMS for now",
        Step.SMS_REFUSED: "Route {route}{to} refuses the SMS",
        Step.SMS_HANDED_OVER: "The SMS is handed to route {route}{to}",
        Step.SMS_ARRIVED: "The SMS has arrived by route {route}{to}{by}: the voter is reached",
        Step.SMS_FAILED: "The SMS has not arrived by route {route}{to}{by}",
        Step.SMS_SILENT: "No receipt of route {route}{to} in time",
        Step.SMS_GIVEN_UP: "The SMS is given up: the voter is not reached",
    },
}
_MESSAGES: dict[Locale, dict[MessageKind, str]] = {
    Locale.FR: {
        MessageKind.LINK: "Le courriel avec le lien",
        MessageKind.NO_PHONE: "Le courriel « pas de téléphone »",
        MessageKind.PHONE_UNUSABLE: "Le courriel « téléphone inutilisable »",
        MessageKind.IDENTIFIER_RENEWED: "Le courriel « identifiant renouvelé »",
        MessageKind.ROUND_CLOSED: "Le courriel « scrutin clos »",
        MessageKind.RENEWALS_STOPPED: "Le courriel « renouvellements arrêtés »",
        MessageKind.LINK_WITHDRAWN: "Le courriel « lien retiré »",
        MessageKind.PASSWORD_CHANGED: "Le courriel « mot de passe changé »",
        MessageKind.PASSWORD_NOT_SENT: "Le courriel « mot de passe non envoyé »",
        MessageKind.ASSISTANCE: "Le message à la cellule d’assistance",
        MessageKind.ALERT: "L’alerte",
        MessageKind.PASSWORD: "Le SMS",
    },
    Locale.EN: {
        MessageKind.LINK: "The e-mail with the link",
        MessageKind.NO_PHONE: "The e-mail “no phone”",
        MessageKind.PHONE_UNUSABLE: "The e-mail “phone unusable”",
        MessageKind.IDENTIFIER_RENEWED: "The e-mail “identifier renewed”",
        MessageKind.ROUND_CLOSED: "The e-mail “round closed”",
        MessageKind.RENEWALS_STOPPED: "The e-mail “renewals stopped”",
        MessageKind.LINK_WITHDRAWN: "The e-mail “link withdrawn”",
        MessageKind.PASSWORD_CHANGED: "The e-mail “password changed”",
        MessageKind.PASSWORD_NOT_SENT: "The e-mail “password not sent”",
        MessageKind.ASSISTANCE: "The message to the assistance cell",
        MessageKind.ALERT: "The alert",
        MessageKind.PASSWORD: "The SMS",
    },
}
_REASONS: dict[Locale, dict[str, str | None]] = {
    Locale.FR: {
        "": "trop d’identifiants erronés",
        Dismissal.UNKNOWN_VOTER: "numéro inconnu du registre",
        Dismissal.EMAIL_DIFFERS: "l’adresse électronique n’est pas celle du registre",
        Dismissal.NO_PHONE: "pas de téléphone au registre",
        Dismissal.PHONE_UNUSABLE: "le téléphone du registre ne reçoit pas de SMS",
        Dismissal.IDENTIFIER_RENEWED: "l’identifiant de ce scrutin a été renouvelé",
        Dismissal.ROUND_CLOSED: "pas de scrutin ouvert pour cet électeur",
        Dismissal.WRITTEN_RECENTLY: "un courriel est parti il y a peu",
        Dismissal.OVER_QUOTA: "trop de demandes",
        Dismissal.RENEWALS_USED_UP: "trop de renouvellements",
        Dismissal.RENEWALS_FROZEN: "renouvellements arrêtés par l’administration",
        Revocation.MAIL_FAILED: "son courriel n’est pas arrivé",
        Revocation.RESTORED: "une sauvegarde a été remise en place",
    },
    Locale.EN: {
        "": "too many wrong identifiers",
        Dismissal.UNKNOWN_VOTER: "the register does not know the number",
        Dismissal.EMAIL_DIFFERS: "the e-mail address is not the register's",
        Dismissal.NO_PHONE: "no phone in the register",
        Dismissal.PHONE_UNUSABLE: "the phone in the register takes no SMS",
        Dismissal.IDENTIFIER_RENEWED: "the identifier of this vote was renewed",
        Dismissal.ROUND_CLOSED: "no round is open for this voter",
        Dismissal.WRITTEN_RECENTLY: "an e-mail went out shortly before",
        Dismissal.OVER_QUOTA: "too many requests",
        Dismissal.RENEWALS_USED_UP: "too many renewals",
        Dismissal.RENEWALS_FROZEN: "renewals stopped by an operator",
        Revocation.MAIL_FAILED: "its e-mail did not arrive",
        Revocation.RESTORED: "a backup was put back",
    },
}
