"""Who orders what leaves a trace, and when it was."""

from __future__ import annotations

import getpass
import os
from datetime import datetime
from typing import Annotated

import typer

Operator = Annotated[
    str,
    typer.Option(
        help="Who orders it, for the trace.", show_default="REASSORT_OPERATOR, or your login"
    ),
]


def operator() -> str:
    """`REASSORT_OPERATOR`, or the login of anyone who gives the command, through sudo as well.
    Raises `ValueError`."""
    try:
        return (
            os.environ.get("REASSORT_OPERATOR") or os.environ.get("SUDO_USER") or getpass.getuser()
        )
    except (KeyError, OSError):
        raise ValueError("who orders it? Name yourself by --by") from None


def anyone() -> str:
    """The same, or the number of the account where it has no name (in a container): for what is
    done all the same."""
    try:
        return operator()
    except ValueError:
        return f"uid {os.getuid()}"


def minute(at: datetime | None) -> str:
    """A moment of the trace, as lists show it."""
    return "" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
