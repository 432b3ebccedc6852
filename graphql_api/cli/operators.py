"""Commands about those who may release voting rounds (R47)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .deployment import with_application
from .operator import Operator, minute, operator
from .terminal import tell

if TYPE_CHECKING:
    from graphql_api.compose import Application

Name = Annotated[str, typer.Argument(help="Who releases: one person.")]


def add_operator(name: Name, by: Operator = "") -> None:
    """Let a person propose and approve releases; prints the secret of the codes, once."""

    async def add(application: Application) -> str:
        return await application.keep_operators.add(name, by or operator())

    address = with_application(add)
    typer.echo(address)
    typer.echo(
        f"For {name} alone, and never shown again: an authenticator app takes it by hand or as a "
        "picture that {name} makes of it offline.".replace("{name}", name),
        err=True,
    )


def remove_operator(name: Name, by: Operator = "") -> None:
    """Take from a person what `add` gave."""

    async def remove(application: Application) -> None:
        await application.keep_operators.remove(name, by or operator())

    with_application(remove)
    typer.echo(f"{name} releases no round any more.")


def list_operators() -> None:
    """Show who may release voting rounds, and who could."""

    async def found(application: Application):
        return await application.keep_operators.all()

    operators = with_application(found)
    for each in operators:
        told = f"{each.name}: added {minute(each.added_at)} by {each.added_by}"
        if each.removed_at is not None:
            told += f" (removed {minute(each.removed_at)} by {each.removed_by})"
        tell(told)
    if not operators:
        tell("Nobody may release a round: see `reassort operator add`.")
