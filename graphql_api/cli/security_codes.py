"""The command that makes a deployment's own stock of digits, seen and heard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .terminal import tell


def new_security_code_stock(
    folder: Annotated[Path, typer.Argument(help="Where to; a stock that is there is kept.")],
) -> None:
    """Make shapes and voices of your own, for `REASSORT_SECURITY_CODE_STOCK`."""
    from graphql_api.compose import make_security_code_stock

    make_security_code_stock(folder)
    tell(f"Made in {folder}. Copy it to each machine; publish it nowhere.")
