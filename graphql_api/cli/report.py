"""The report on a voting round (R49)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .deployment import with_application
from .terminal import tell

if TYPE_CHECKING:
    from core.alert import Alert
    from graphql_api.bureau.report import FirstSending, Moment, Report
    from graphql_api.compose import Application

MOST_ACTS = 2000
"""Of operators, the latest, among which those of the round are looked for."""


def report(
    round_id: Annotated[str, typer.Option("--round", help="Its id, as in the calendar.")],
    as_of: Annotated[
        list[str] | None,
        typer.Option(
            help="A moment besides the opening, the closing and the last hour, in whole hours: "
            "2027-06-05T12:00+02:00. May be repeated."
        ),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--html", help="Where to write the page, in French.")
    ] = None,
    table: Annotated[Path | None, typer.Option("--csv", help="Where to write the table.")] = None,
) -> None:
    """Say which share of a round's passwords had arrived: when it opened, when it closed, and when
    you ask. Without a file, only the totals are shown."""
    asked = [_moment(each) for each in as_of or ()]
    found, html = with_application(partial(_make, round_id, asked))
    if page is not None:
        page.write_text(html, "utf-8")
    if table is not None:
        from graphql_api.bureau.csv_lines import csv_text

        table.write_text(csv_text(found), "utf-8", newline="")
    for each in found.moments:
        tell(_told(each))
    if found.first_sending is not None:
        tell(_told_of_first(found.first_sending))
    if not found.moments:
        tell("The round has not opened: ask for a moment with --as-of.")


async def _make(
    round_id: str, asked: Sequence[datetime], application: Application
) -> tuple[Report, str]:
    from graphql_api.bureau.page import page
    from graphql_api.bureau.report import make_report

    now = application.ports.clock.now()
    rounds = {each.id: each for each in application.settings.calendar.rounds}
    if round_id not in rounds:
        raise typer.BadParameter(f"the calendar names no round {round_id!r}: {', '.join(rounds)}")
    for each in asked:
        if each > now:
            raise typer.BadParameter(f"{each.isoformat()} is still to come")
    report = await make_report(
        application.give_evidence,
        rounds[round_id],
        asked,
        now,
        application.give_first_sending,
        await _alerts(application),
        await application.note_interventions.latest(MOST_ACTS),
    )
    return report, page(report, application.name_of_country)


async def _alerts(application: Application) -> list[Alert]:
    """All that are kept, page by page."""
    from core.request_listing import Place

    found: list[Alert] = []
    has_more, last = True, None
    while has_more:
        page = await application.answer_alerts.newest((), 100, last)
        found += page.alerts
        has_more = page.has_more
        last = Place(found[-1].first_seen, found[-1].id) if found else None
    return found


def _told(moment: Moment) -> str:
    at, what = f"{moment.at:%Y-%m-%d %H:%M} UTC", f" ({moment.what})" if moment.what else ""
    if moment.total.total is None:
        return f"{at}{what}: too few voters have confirmed for a figure"
    told, known = moment.total.total.recorded, moment.total.total.happened
    return (
        f"{at}{what}: {told.confirmed:,} voters had confirmed; {told.delivered:,} delivered "
        f"({told.share:.1%}), {told.undelivered:,} lost, {told.waiting:,} waiting; known today: "
        f"{known.share:.1%}"
    )


def _told_of_first(found: FirstSending) -> str:
    at = f"{found.total.as_of:%Y-%m-%d %H:%M} UTC (first sending, as reported by then)"
    if found.total.total is None:
        return f"{at}: too few voters for a figure"
    told = found.total.total.recorded
    return (
        f"{at}: {told.confirmed:,} voters; {told.delivered:,} delivered ({told.share:.1%}), "
        f"{told.undelivered:,} failed, {told.waiting:,} unknown"
    )


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise typer.BadParameter(f"{text!r} is no moment with its zone: 2027-06-05T12:00+02:00")
    return moment
