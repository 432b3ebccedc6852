"""Commands that look, and change nothing."""

from __future__ import annotations

import typer

from .deployment import deployed_settings
from .terminal import out


def new_key() -> None:
    """Print a fresh secret key for `REASSORT_KEYS`."""
    from graphql_api.running import fresh_key

    print(fresh_key.new_key())  # noqa: T201 - its one purpose


def doctor() -> None:
    """Check this deployment; exits with 1 when something must be mended."""
    from rich.markup import escape

    from graphql_api.running.doctor import Grade, examine

    marks = {
        Grade.GOOD: "[green]ok[/]",
        Grade.WARNING: "[yellow]!![/]",
        Grade.BAD: "[red]XX[/]",
    }
    findings = examine(deployed_settings())
    for each in findings:
        line = f"{marks[each.verdict]}  {escape(f'{each.subject}: {each.text}')}"
        out().print(line, highlight=False, soft_wrap=True)
    if any(each.verdict is Grade.BAD for each in findings):
        raise typer.Exit(1)
