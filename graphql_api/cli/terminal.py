"""Where commands print, and how they say that they failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import typer

from core.errors import CannotProceed, ConfigurationRefused, DependencyFailure

if TYPE_CHECKING:
    from rich.console import Console


@cache
def out() -> Console:
    """Where answers go."""
    from rich.console import Console

    return Console()


def tell(line: str) -> None:
    """An answer of one line, as it is: a path in it can be copied, and no bracket is a colour."""
    out().print(line, highlight=False, markup=False, soft_wrap=True)


@cache
def err() -> Console:
    """Where everything else goes."""
    from rich.console import Console

    return Console(stderr=True)


def counted(number: int, what: str) -> str:
    """As in "1 voter" and "2,000 voters"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


@contextmanager
def plain_failures() -> Iterator[None]:
    """What an operator can mend is said in a sentence, without a traceback."""
    try:
        yield
    except ConfigurationRefused as refusal:
        typer.echo(f"Settings:\n{refusal}", err=True)
        raise SystemExit(2) from None
    except (CannotProceed, DependencyFailure, OSError, ValueError) as failure:
        typer.echo(str(failure), err=True)
        raise SystemExit(1) from None
