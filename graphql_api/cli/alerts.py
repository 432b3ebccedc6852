"""Commands about alerts: which there are, and what somebody does about one (R53)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from core.locale import Locale

from .deployment import with_application
from .operator import Operator, minute, operator
from .terminal import tell

if TYPE_CHECKING:
    from core.alert import Alert
    from graphql_api.compose import Application

Id = Annotated[
    str, typer.Argument(metavar="ID", help="The alert's, as `list` and e-mails tell it.")
]
Note = Annotated[
    str, typer.Option(help="What the others should know; nothing of a voter.", show_default=False)
]


def list_alerts(
    everything: Annotated[
        bool, typer.Option("--all", help="Those that are over as well.", show_default=False)
    ] = False,
    limit: Annotated[int, typer.Option(help="How many, the newest first.", min=1, max=100)] = 50,
) -> None:
    """Show what operators are to look at."""
    from core.alert import AlertState

    states = () if everything else (AlertState.RAISED, AlertState.ACKNOWLEDGED)

    async def found(application: Application) -> list[Alert]:
        return list((await application.answer_alerts.newest(states, limit)).alerts)

    alerts = with_application(found)
    for each in alerts:
        for line in _told(each):
            tell(line)
    if not alerts:
        tell("There is no alert.")


def acknowledge_alert(id: Id, note: Note = "", by: Operator = "") -> None:
    """Say that somebody looks after an alert: nobody else is told for lack of an answer."""
    _answer("acknowledge", id, note, by)
    typer.echo("Acknowledged.")


def resolve_alert(id: Id, note: Note = "", by: Operator = "") -> None:
    """Say that an alert is over. It is opened again if it holds still after a while."""
    _answer("resolve", id, note, by)
    typer.echo("Resolved.")


def _answer(verb: str, id: str, note: str, by: str) -> None:
    from core.errors import AlertProblem, AlertRejected

    async def answer(application: Application) -> None:
        await getattr(application.answer_alerts, verb)(id, by or operator(), note)

    try:
        with_application(answer)
    except AlertRejected as refusal:
        is_over = refusal.code == AlertProblem.RESOLVED
        raise ValueError("this alert is over" if is_over else "there is no such alert") from None


def _told(alert: Alert) -> Iterator[str]:
    from core.alert_words import help_page, sentence

    yield f"{alert.id} {alert.state}: {sentence(alert.place, Locale.EN)}"
    figures = ", ".join(f"{name} {value}" for name, value in alert.figures.items())
    again = f", opened {alert.times} times" if alert.times > 1 else ""
    seen = f"since {minute(alert.raised_at)}, last seen {minute(alert.last_seen)}{again}"
    yield f"  {seen}{': ' if figures else ''}{figures}"
    if alert.acknowledged_at:
        yield f"  acknowledged {minute(alert.acknowledged_at)} by {alert.acknowledged_by}"
    if alert.resolved_at:
        by = f" by {alert.resolved_by}" if alert.resolved_by else " by itself"
        yield f"  resolved {minute(alert.resolved_at)}{by}"
    if alert.note:
        yield f"  note: {alert.note}"
    yield f"  help: {help_page(alert.place.kind)}"
