"""Commands about messages: do they arrive?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.delivery_figures import Grouping, Rate, Unreached
from core.receipts import BOUNCES
from core.spending import MILLIONTHS

from .deployment import with_application
from .terminal import counted, out, tell

if TYPE_CHECKING:
    from graphql_api.compose import Application


def show_deliveries(
    by: Annotated[Grouping, typer.Option(help="What to tell apart.")] = Grouping.DESTINATION,
    minutes: Annotated[int, typer.Option(help="How far to look back.", min=1)] = 60,
    demo: Annotated[
        Path | None,
        typer.Option(help="Folder of a simulated election: show that, not the deployment."),
    ] = None,
) -> None:
    """Show how messages fare, the worst first, and how many voters are unreached."""

    async def report(application: Application):
        patience = timedelta(seconds=application.settings.alert_patience)
        return await application.report_deliveries(timedelta(minutes=minutes), patience)

    found = with_application(report, application=None if demo is None else _of_demo(demo))

    from rich.table import Table

    table = Table("", by.value, "delivered", "lost", "pending", "taken", "rate", "cost")
    for each in found.rates(by):
        table.add_row(*_cells(each))
    out().print(table)
    for verdict in found.verdicts:
        told = f"route {verdict.route} in {verdict.country}: {verdict.health}"
        tell(_with_stand_in(told, found.instead_of(verdict)))
    for verdict in found.mail_verdicts:
        told = f"mail route {verdict.route} to {verdict.domain}: {verdict.health}"
        tell(_with_stand_in(told, found.instead_of_mail(verdict)))
    for route, receipts in found.untied.items():
        tell(_untied(route, receipts))
    for line in _voters(found.unreached):
        tell(line)


def _with_stand_in(told: str, instead: str | None) -> str:
    return f"{told}, {instead} carries what it would" if instead else told


def _of_demo(folder: Path) -> Application:
    from graphql_api.running.living import look_at

    return look_at(folder)


def _voters(found: Unreached) -> Iterator[str]:
    yield f"Voters unreached: {found.waiting:,} waiting, {found.lost:,} lost."
    yield f"Links that did not arrive: {counted(found.links, 'voter')}."
    for each in found.causes:
        yield f"  {each.cause}: {each.voters:,}"
    yield f"Receipts not expected: {counted(found.receipts_not_expected, 'voter')}."
    yield f"Links not taken: {counted(found.links_not_taken, 'voter')}."


def _untied(route: str, receipts: int) -> str:
    if route == BOUNCES:
        return f"bounces: {receipts:,} reports of mail servers could not be read"
    return f"route {route}: {receipts:,} receipts tie to no SMS"


def _cells(rate: Rate) -> tuple[str, ...]:
    share = "" if rate.rate is None else f"{rate.rate:.1%}"
    counts = (f"{each:,}" for each in (rate.delivered, rate.lost, rate.pending, rate.taken))
    return (rate.channel.value, rate.group or "?", *counts, share, f"{rate.cost / MILLIONTHS:,.2f}")
