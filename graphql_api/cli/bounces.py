"""The command that an MTA pipes bounces into, or that reads them from a maildir."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import ConfigurationRefused, DependencyFailure

from .deployment import with_application

if TYPE_CHECKING:
    from graphql_api.compose import Application
    from graphql_api.compose.bounces import Summary

TRY_AGAIN = 75
"""`EX_TEMPFAIL`. After any other failure an MTA sends the mail back, or throws it away."""


def record_bounce(
    maildir: Annotated[
        Path | None,
        typer.Option(help="Read the new mails of this folder; otherwise the standard input."),
    ] = None,
    delete: Annotated[
        bool, typer.Option(help="Delete bounces from the maildir instead of marking them as seen.")
    ] = False,
) -> None:
    """Record e-mails that came back: piped by the mail server, or from a maildir."""

    async def record(application: Application) -> Summary:
        from graphql_api.compose.bounces import record_bounces_of

        return await record_bounces_of(application, maildir, delete)

    if maildir is None:
        with _kept_by_the_mail_server():
            summary = with_application(record)
    else:
        summary = with_application(record)
    for words, count in sorted(summary.counts.items()):
        typer.echo(f"{count} {words}")
    raise typer.Exit(summary.exit_code)


@contextmanager
def _kept_by_the_mail_server() -> Iterator[None]:
    """Whatever is wrong here, the mail is piped again."""
    try:
        yield
    except (ConfigurationRefused, DependencyFailure, OSError, ValueError) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(TRY_AGAIN) from None
    except Exception:
        import structlog

        structlog.stdlib.get_logger("reassort.bounces").exception("bounce_not_recorded")
        raise typer.Exit(TRY_AGAIN) from None
