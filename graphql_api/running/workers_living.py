"""What doctor says of workers."""

from __future__ import annotations

from datetime import timedelta

from core.errors import DependencyFailure
from graphql_api.compose import Application

from .fitness import Finding, Grade

SECOND = timedelta(seconds=1)


async def workers_living(application: Application) -> list[Finding]:
    """Without one requests are taken, and nobody is written to."""
    try:
        seen = await application.watch_workers.look()
    except DependencyFailure:
        return []  # told of the database already
    if seen.last_at is None:
        text = "none has worked on this database: start `reassort worker`"
        return [Finding("workers", Grade.WARNING, text)]
    if seen.living:
        seconds = max(0, (application.ports.clock.now() - seen.last_at) // SECOND)
        text = f"{seen.living} at work; one was heard of {seconds} s ago"
        return [Finding("workers", Grade.GOOD, text)]
    text = (
        f"none has worked since {seen.last_at:%Y-%m-%d %H:%M:%S} UTC: nobody is written to; start "
        "`reassort worker`, or see in its log why it ended"
    )
    return [Finding("workers", Grade.BAD, text)]
