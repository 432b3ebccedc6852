"""What doctor says of neighbours that the processes at work have found to be down."""

from __future__ import annotations

from core.errors import DependencyFailure
from graphql_api.compose import Application

from .fitness import Finding, Grade


async def neighbours_down(application: Application) -> list[Finding]:
    """Each once, by the process that found it first: also where it answers `doctor`, or is not
    asked by it, as SMS routes are not."""
    try:
        seen = await application.watch_workers.look()
    except DependencyFailure:
        return []  # told of the database already
    return [
        Finding(
            each.neighbour,
            Grade.WARNING,
            f"nothing but failures since {each.since:%Y-%m-%d %H:%M:%S} UTC, as a process at work "
            f"has found: {each.reason}",
        )
        for each in seen.outages
    ]
