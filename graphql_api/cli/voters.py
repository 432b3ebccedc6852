"""Commands that stop one voter's renewals, and let them go on (R61).

The NUMIC is asked for, or read from standard input: what stands on a command line stands in the
shell's history and in the list of processes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import InvalidFields
from core.voter import Numic

from .deployment import with_application
from .operator import Operator, minute, operator
from .terminal import out

if TYPE_CHECKING:
    from graphql_api.compose import Application

Number = Annotated[
    str | None,
    typer.Argument(
        metavar="[NUMIC]",
        help="Better left out: it is asked for then, or read from standard input.",
        show_default=False,
    ),
]


def freeze_voter(
    why: Annotated[
        str, typer.Option(help="For the trace: at most 200 characters, without the voter's name.")
    ],
    number: Number = None,
    by: Operator = "",
) -> None:
    """Stop one voter's renewals until `unfreeze`; an SMS that is under way goes out."""
    numic = _numic(number)

    async def freeze(application: Application) -> bool:
        return await application.freeze_voters.freeze(numic, by or operator(), why)

    if not with_application(freeze):
        told = "The register does not answer: check yourself that the NUMIC is right."
        typer.echo(told, err=True)
    typer.echo("This voter's renewals are stopped, in every process.")


def unfreeze_voter(number: Number = None, by: Operator = "") -> None:
    """Let one voter's renewals go on."""
    numic = _numic(number)

    async def unfreeze(application: Application) -> None:
        await application.freeze_voters.unfreeze(numic, by or operator())

    with_application(unfreeze)
    typer.echo("This voter's renewals go on.")


def list_freezes() -> None:
    """Show whose renewals are stopped or were: pseudonyms, as in the log."""

    async def found(application: Application):
        return await application.freeze_voters.all(), application.settings.keyring

    freezes, keyring = with_application(found)
    for each in freezes:
        voter = each.voters.get(keyring.newest) or next(iter(each.voters.values()))
        told = f"{voter}: stopped {minute(each.frozen_at)} by {each.frozen_by}: {each.reason}"
        if each.unfrozen_at is not None:
            told += f" (went on {minute(each.unfrozen_at)} by {each.unfrozen_by})"
        elif not any(key_id in keyring for key_id in each.voters):
            told += " (of no effect: its keys are not in REASSORT_KEYS any more. Freeze again)"
        out().print(told, highlight=False, soft_wrap=True, markup=False)
    if not freezes:
        out().print("No voter's renewals are stopped.")


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()


def _numic(given: str | None) -> Numic:
    if given is None and is_terminal():
        given = typer.prompt("NUMIC", err=True)
    try:
        return Numic.parse(sys.stdin.readline() if given is None else given)
    except InvalidFields:
        raise ValueError("a NUMIC is 1 to 8 digits") from None
