"""What is to be done once a backup was put back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .deployment import with_application
from .operator import Operator, operator
from .rounds import tell_of
from .terminal import counted

if TYPE_CHECKING:
    from core.use_cases.release_rounds import RoundsKept
    from core.voting_round import Calendar
    from graphql_api.compose import Application


def after_restore(by: Operator = "") -> None:
    """Make a database that was put back from a backup fit to serve. Stop every process first."""

    async def follow(application: Application) -> tuple[int, RoundsKept, Calendar]:
        await application.watch_clock.refuse()
        links = await application.follow_restore(by or operator())
        kept = await application.release_rounds.look()
        return links, kept, application.settings.calendar

    links, kept, calendar = with_application(follow)
    typer.echo(f"{counted(links, 'link')} ended; the voters are told by e-mail, and may ask again.")
    typer.echo(
        "Until they do, `votersUnreached` counts them as LINK_WITHDRAWN; those who had used the "
        "link since are among them, for nothing tells."
    )
    typer.echo("Every security code that was issued counts as answered.")
    typer.echo("Of the voting rounds the backup says:")
    tell_of(kept, calendar)
    typer.echo(
        "What was ordered since the backup is lost: look through the journal, and repeat it "
        "(partners, voters, rounds, operators). A round that was held since is not, one that was "
        "released is kept, and what was destroyed is back. Then start the processes again."
    )
