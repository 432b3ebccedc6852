"""What is to be done once a clock that was wrong is right again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from .deployment import with_application
from .operator import Operator, minute, operator

if TYPE_CHECKING:
    from datetime import datetime

    from graphql_api.compose import Application


def reset_clock_mark(by: Operator = "") -> None:
    """Take this machine's time for the last moment seen: it was ahead, and is right again."""

    async def reset(application: Application) -> tuple[datetime | None, datetime]:
        return await application.reset_clock_mark(by or operator())

    was, now = with_application(reset)
    typer.echo(f"The last moment seen is {minute(now)}; it was {minute(was) or 'none'}.")
