"""Commands about the file of the password keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .deployment import with_application
from .operator import Operator, anyone
from .terminal import tell

if TYPE_CHECKING:
    from graphql_api.compose import Application


def new_password_key(
    file: Annotated[Path, typer.Argument(help="The file to make; one that is there is kept.")],
) -> None:
    """Make the file for `REASSORT_PASSWORD_KEY_FILE`, once; each machine gets a copy of it."""
    from graphql_api.compose import make_password_key_file

    file_id = make_password_key_file(file)
    tell(f"Made, with the id {file_id}. Copy it to each machine; keep no other copy.")


def adopt_password_key(by: Operator = "") -> None:
    """Have the database take the password key file of the settings in place of the one before."""

    async def adopt(application: Application) -> None:
        taken, lost = await application.adopt_password_keys(by or anyone())
        tell(f"New passwords depend on {taken}. Restart every process.")
        if lost:
            text = (
                "Passwords on their way depend on keys that are not here: their voters are told "
                "that nothing was sent, and may ask again."
            )
            tell(text)

    with_application(adopt)
