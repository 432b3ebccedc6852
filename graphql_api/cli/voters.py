"""Commands that stop one voter's renewals, and let them go on (R61); what happened to her (R45).

The NUMIC is asked for, or read from standard input: what stands on a command line stands in the
shell's history and in the list of processes."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import InvalidFields
from core.locale import Locale
from core.timeline_words import sentence
from core.voter import Numic
from core.voting_round import PARIS

from .deployment import with_application
from .operator import Operator, minute, operator
from .terminal import tell

if TYPE_CHECKING:
    from core.use_cases.look_at_requests import Looked
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


def show_voter(number: Number = None, by: Operator = "") -> None:
    """Tell what happened to one voter's requests, line by line; that you looked is kept."""
    numic = _numic(number)

    async def look(application: Application) -> Sequence[Looked]:
        return await application.show_voter(numic, by or operator())

    found = with_application(look)
    for looked in found:
        for line in _told(looked):
            tell(line)
    if not found:
        tell("No request of this voter is kept.")


def _told(looked: Looked) -> Iterator[str]:
    """The request as it stands, then its lines, by both clocks."""
    listed = looked.listed
    cause = f" ({listed.cause})" if listed.cause else ""
    yield f"Request {listed.id}: {listed.state}{cause}"
    for entry in looked.entries:
        late = entry.recorded_at - entry.at >= timedelta(minutes=1)
        recorded = f" Recorded {minute(entry.recorded_at)}." if late else ""
        paris = f"{entry.at.astimezone(PARIS):%H:%M} Paris"
        yield f"  {minute(entry.at)}, {paris}: {sentence(entry, Locale.EN)}{recorded}"


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
        tell(told)
    if not freezes:
        tell("No voter's renewals are stopped.")


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
