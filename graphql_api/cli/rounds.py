"""Commands that hold and release voting rounds (R47).

Codes are asked for, or read from standard input: never on a command line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from .deployment import with_application
from .operator import Operator, minute, operator
from .terminal import tell

if TYPE_CHECKING:
    from core.use_cases.release_rounds import RoundsKept
    from core.voting_round import Calendar
    from graphql_api.compose import Application

Round = Annotated[str, typer.Argument(metavar="ROUND", help="Its id, as in the calendar.")]
Person = Annotated[str, typer.Option(help="The operator whose code is asked for.")]


def list_rounds() -> None:
    """Show how much is kept of each round, and what was ordered."""

    async def look(application: Application):
        return await application.release_rounds.look(), application.settings.calendar

    tell_of(*with_application(look))


def tell_of(kept: RoundsKept, calendar: Calendar) -> None:
    """A line for each round, as the database says."""
    named = [each.id for each in calendar.rounds]
    strange = [each for each in kept.rounds if each not in named]
    for round_id in (*named, *strange):
        state = _state(kept, round_id)
        if round_id in strange:
            state += "; the calendar does not name it"
        tell(f"{round_id}: {kept.requests_of(round_id):,} requests, {state}")
    if kept.of_no_round:
        tell(f"of no round that the calendar names: {kept.of_no_round:,} requests, kept")
    for each in kept.destructions:
        if each.ended_at is not None:
            told = f"{each.requests:,} requests destroyed {minute(each.ended_at)}"
            tell(f"{each.round_id}: {told}: see `reassort round verify`")


def hold_round(
    round_id: Round,
    why: Annotated[str, typer.Option(help="For the trace: at most 200 characters.")],
    by: Operator = "",
) -> None:
    """Refuse every release of a round until `unhold`; one that stands is withdrawn."""

    async def hold(application: Application) -> bool:
        return await application.release_rounds.hold(round_id, by or operator(), why)

    withdrawn = with_application(hold)
    typer.echo(f"The round {round_id} is held." + " Its release is withdrawn." * withdrawn)


def unhold_round(round_id: Round, by: Operator = "") -> None:
    """Lift a hold: two persons may release the round again."""

    async def lift(application: Application) -> None:
        await application.release_rounds.lift(round_id, by or operator())

    with_application(lift)
    typer.echo(f"The round {round_id} is kept until two persons release it.")


def propose_release(round_id: Round, by: Person) -> None:
    """Say, as one person, that a round may be deleted."""
    code = ask_code(by)

    async def propose(application: Application) -> None:
        await application.release_rounds.propose(round_id, by, code)

    with_application(propose)
    typer.echo("Proposed. Another operator approves it: `reassort round approve-release`.")


def approve_release(round_id: Round, by: Person) -> None:
    """Agree, as another person: what belongs to the round is deleted after the term."""
    code = ask_code(by)

    async def approve(application: Application):
        return await application.release_rounds.approve(round_id, by, code)

    typer.echo(f"Released. A worker deletes it from {minute(with_application(approve))} on.")


def verify_round(round_id: Round) -> None:
    """Check the records of what was destroyed of a round; fails when one is not so."""

    async def verify(application: Application):
        return await application.release_rounds.verify(round_id)

    found = with_application(verify)
    for each in found:
        record, release = each.record, each.release
        tell(
            f"{round_id}: {record.requests:,} requests, {record.messages:,} messages, "
            f"{record.attempts:,} attempts and {record.changes:,} changes of them destroyed "
            f"{minute(record.begun_at)} to {minute(record.ended_at)}; "
            f"{record.shared:,} requests kept for other rounds"
        )
        tell(f"  received {_span(record.first_at, record.last_at)}")
        tell(f"  proposed {minute(release.proposed_at)} by {release.proposed_by}, ")
        tell(f"  approved {minute(release.approved_at)} by {release.approved_by}")
        tell(f"  digest {record.digest.hex()}")
        tell(f"  WRONG: {each.problem}" if each.problem else "  as it was sealed")
    if not found:
        raise ValueError(f"nothing was destroyed of a round {round_id}")
    if any(each.problem for each in found):
        raise typer.Exit(1)


def is_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty()


def ask_code(name: str) -> str:
    """The code of this person: hidden, or a line of standard input."""
    ask: Callable[[], str] = sys.stdin.readline
    if is_terminal():
        return typer.prompt(f"Code of {name}", hide_input=True, err=True)
    return ask()


def _state(kept: RoundsKept, round_id: str) -> str:
    hold, release = kept.hold_of(round_id), kept.release_of(round_id)
    if hold is not None:
        return f"held since {minute(hold.held_at)} by {hold.held_by}: {hold.reason}"
    if release is None:
        return "kept"
    told = f"release proposed {minute(release.proposed_at)} by {release.proposed_by}"
    if release.approved_at is None:
        return f"kept; {told}"
    return f"{told}, approved {minute(release.approved_at)} by {release.approved_by}"


def _span(first: int | None, last: int | None) -> str:
    from datetime import UTC, datetime

    if first is None or last is None:
        return "never"
    moments = (datetime.fromtimestamp(each / 1_000_000, UTC) for each in (first, last))
    return " to ".join(map(minute, moments))
