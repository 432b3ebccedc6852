"""The voters of a round whom nothing reaches: counted, or named for the consulates (R45)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .deployment import with_application
from .rounds import Round, ask_code
from .terminal import tell

if TYPE_CHECKING:
    from core.use_cases.list_unreached import NamedVoter
    from graphql_api.compose import Application

COLUMNS = ("numic", "numel", "constituency", "post", "country", "cause", "since", "request")
Places = Annotated[
    list[str] | None, typer.Option(help="As the register names it; may be repeated.")
]


def unreached(
    round_id: Round,
    table: Annotated[
        Path | None,
        typer.Option("--csv", help="Where to write the NUMICs. Asks for two persons' codes."),
    ] = None,
    by: Annotated[str, typer.Option(help="The operator whose code is asked for.")] = "",
    other: Annotated[str, typer.Option("--with", help="Another operator, likewise.")] = "",
    constituency: Places = None,
    post: Places = None,
) -> None:
    """Count the voters of a round whom nothing reaches, or name them, as two persons."""
    if table is None:
        _tell_counts(round_id)
        return
    if not by or not other:
        raise typer.BadParameter("two operators make this list: --by and --with")
    if table.exists():
        raise ValueError(f"{table} is there already: choose another name")

    from core.electorate import Electorate
    from core.use_cases.list_unreached import Person

    of = Electorate.of(constituency or (), post or ())
    one, another = (Person(name, ask_code(name)) for name in (by, other))

    async def name(application: Application):
        patience = timedelta(seconds=application.settings.alert_patience)
        return await application.list_unreached(round_id, patience, one, another, of)

    found = with_application(name)
    _write(table, found)
    typer.echo(f"{len(found):,} voters, for your eyes alone: {table}")


def _tell_counts(round_id: str) -> None:
    async def count(application: Application):
        patience = timedelta(seconds=application.settings.alert_patience)
        return await application.list_unreached.count(round_id, patience)

    causes = with_application(count)
    tell(f"Voters of {round_id} unreached: {causes.total():,}")
    for cause, voters in causes.most_common():
        tell(f"  {cause}: {voters:,}")


def _write(path: Path, voters: Sequence[NamedVoter]) -> None:
    """For its owner alone, with semicolons, as French spreadsheets read it. Raises `OSError`."""
    from graphql_api.bureau.spreadsheet import write_table

    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
        write_table(file, COLUMNS, map(_row, voters))


def _row(line: NamedVoter) -> tuple[str, ...]:
    voter = line.voter
    return (
        line.numic.value if line.numic else "",
        line.numel.value if line.numel else "",
        line.constituency,
        line.post,
        voter.country or "",
        voter.cause.value,
        voter.since.isoformat(timespec="seconds"),
        voter.request_id,
    )
