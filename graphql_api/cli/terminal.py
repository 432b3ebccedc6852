"""Where commands print, and how they say that they failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from core.errors import DependencyFailure
from graphql_api.compose import ImportFailed, MoveFailed
from graphql_api.documents.trusted_files import DocumentsRefused
from graphql_api.running.serving import CannotListen
from graphql_api.settings import SettingsRefused

out = Console()
err = Console(stderr=True)


@contextmanager
def plain_failures() -> Iterator[None]:
    """What an operator can mend is said in a sentence, without a traceback."""
    try:
        yield
    except (SettingsRefused, DocumentsRefused) as refusal:
        typer.echo(f"Settings:\n{refusal}", err=True)
        raise SystemExit(2) from None
    except (
        DependencyFailure,
        ImportFailed,
        MoveFailed,
        CannotListen,
        OSError,
        ValueError,
    ) as failure:
        typer.echo(str(failure), err=True)
        raise SystemExit(1) from None
