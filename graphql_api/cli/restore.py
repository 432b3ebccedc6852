"""What is to be done once a backup was put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .deployment import with_application
from .operator import Operator, operator

if TYPE_CHECKING:
    from graphql_api.compose import Application


def after_restore(by: Operator = "") -> None:
    """Make a database that was put back from a backup fit to serve. Stop every process first."""

    async def follow(application: Application) -> int:
        await application.watch_clock.refuse()
        return await application.follow_restore(by or operator())

    links = with_application(follow)
    ended = "1 link" if links == 1 else f"{links:,} links"
    typer.echo(f"{ended} ended; the voters are told by e-mail, and may ask again.")
    typer.echo("Every security code that was issued counts as answered.")
    typer.echo(
        "What was ordered since the backup is lost: look through the journal, and repeat it "
        "(partners, voters, rounds, operators). Then start the processes again."
    )
