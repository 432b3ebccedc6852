"""Commands about jobs that were given up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .deployment import with_application
from .operator import Operator, anyone

if TYPE_CHECKING:
    from graphql_api.compose import Application


def list_jobs(limit: Annotated[int, typer.Option(min=1)] = 50) -> None:
    """Show the jobs that were given up, latest first."""

    async def dead(application: Application):
        return await application.jobs.list(limit)

    letters = with_application(dead)
    for each in letters:
        at = each.buried_at.isoformat(timespec="seconds")
        typer.echo(f"{each.id}\t{each.job.key}\t{each.attempts} attempts\t{each.reason}\t{at}")
    if not letters:
        typer.echo("No dead letters.")


def requeue_jobs(
    ids: Annotated[list[int], typer.Argument(help="Ids from `jobs list`.")], by: Operator = ""
) -> None:
    """Have these jobs tried again from the start."""

    async def requeue(application: Application) -> int:
        return await application.requeue_jobs(ids, by or anyone())

    count = with_application(requeue)
    typer.echo(f"{count} of {len(ids)} queued again.")
    if count < len(ids):
        typer.echo("The others are no dead letters: see `reassort jobs list`.", err=True)
        raise typer.Exit(1)
