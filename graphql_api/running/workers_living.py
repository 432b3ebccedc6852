"""What doctor says of workers."""

from __future__ import annotations

from core.errors import DependencyFailure
from graphql_api.compose import Application

from .fitness import Finding, Grade


async def workers_living(application: Application) -> list[Finding]:
    """Without one requests are taken, and nobody is written to."""
    try:
        seen = await application.watch_workers.look()
    except DependencyFailure:
        return []  # told of the database already
    if seen.living:
        return [Finding("workers", Grade.GOOD, f"{seen.living} at work")]
    if seen.last_at is None:
        text = "none has worked on this database: start `reassort worker`"
        return [Finding("workers", Grade.WARNING, text)]
    text = f"none has worked since {seen.last_at:%Y-%m-%d %H:%M:%S} UTC: nobody is written to"
    return [Finding("workers", Grade.BAD, text)]
