"""Which alerts are open, and whether anybody is told of any (R53)."""

from __future__ import annotations

from core.alert import AlertPlace, AlertState
from core.alert_words import sentence
from core.errors import DependencyFailure
from core.locale import Locale
from graphql_api.compose import Application
from graphql_api.compose.alerts import recipients_of

from .finding import Finding, Grade

SUBJECT = "alerts"
_OPEN = (AlertState.RAISED, AlertState.ACKNOWLEDGED)


async def alerts_told(application: Application) -> list[Finding]:
    """One for each alert that nobody has acknowledged, and one about who is told. Nothing of the
    database is said where it does not answer: another finding says that."""
    told = ", ".join(sorted(recipients_of(application.settings)))
    text = (
        f"told to: {told}"
        if told
        else ("nobody is told: set REASSORT_ALERT_EMAIL, or REASSORT_ALERT_WEBHOOK_URL")
    )
    who = Finding(SUBJECT, Grade.GOOD if told else Grade.WARNING, text)
    try:
        found = (await application.answer_alerts.newest(_OPEN, 100)).alerts
    except DependencyFailure:
        return [who]
    raised = (each for each in found if each.state is AlertState.RAISED)
    return [who, *(Finding(SUBJECT, Grade.WARNING, _said(each.id, each.place)) for each in raised)]


def _said(alert_id: str, place: AlertPlace) -> str:
    return f"{sentence(place, Locale.EN)} `reassort alerts acknowledge {alert_id}`"
