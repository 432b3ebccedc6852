"""The schema as a contract: printed, and held against a release or against operations."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .terminal import counted


def schema(
    check_against: Annotated[
        Path | None,
        typer.Option(
            help="A released schema (SDL): name every change since; exit with 1 when one breaks "
            "clients.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    operations: Annotated[
        Path | None,
        typer.Option(
            help="A .graphql file, or a folder of them: name everything that the gateway would "
            "refuse; exit with 1 when there is anything.",
            exists=True,
        ),
    ] = None,
    federated: Annotated[
        bool, typer.Option("--federated", help="As a subgraph has it, for composers.")
    ] = False,
    bare: Annotated[
        bool,
        typer.Option(
            "--bare", help="With --federated: without what libraries of subgraphs add themselves."
        ),
    ] = False,
    operators: Annotated[
        bool,
        typer.Option(
            "--operators", help="With the fields for the authority's own people (operations:read)."
        ),
    ] = False,
    possible_types: Annotated[
        bool,
        typer.Option(
            "--possible-types", help="The types of interfaces and unions (JSON), for caches."
        ),
    ] = False,
    codes: Annotated[
        bool, typer.Option("--codes", help="Every error code, and what it means (JSON).")
    ] = False,
) -> None:
    """Print the GraphQL schema (SDL) or a part of it, or check something against it."""
    if check_against is None and operations is None:
        sys.stdout.write(_printed(federated, bare, operators, possible_types, codes))
        return
    sound = check_against is None or _check_release(check_against)
    sound = (operations is None or _check_operations(operations)) and sound
    raise typer.Exit(0 if sound else 1)


def _printed(
    federated: bool, bare: bool, operators: bool, possible_types: bool, codes: bool
) -> str:
    from graphql_api.schema.codes import codes_json
    from graphql_api.schema.executable import sdl
    from graphql_api.schema.possible_types import possible_types_json
    from graphql_api.subgraph import bare_subgraph_sdl, subgraph_sdl

    if bare and not federated:
        raise typer.BadParameter("--bare goes with --federated")
    if federated and operators:
        raise typer.BadParameter(
            "--operators is for the gateway itself: routers are given none of it"
        )
    if codes:
        return codes_json()
    if possible_types:
        return possible_types_json()
    if federated:
        return bare_subgraph_sdl() if bare else subgraph_sdl()
    return sdl(operators)


def _check_release(file: Path) -> bool:
    from importlib.metadata import version

    from graphql import GraphQLError

    from graphql_api.schema.contract import compare
    from graphql_api.schema.executable import sdl

    try:
        found = compare(file.read_text("utf-8"), sdl(), version("reassort"))
    except GraphQLError as error:
        raise ValueError(f"{file}: {error.message}") from None
    for kind in ("breaking", "dangerous", "announced"):
        for sentence in getattr(found, kind):
            typer.echo(f"{kind}: {sentence}")
    if not found.breaking:
        typer.echo(f"Nothing breaks clients of {file.name}.")
    return not found.breaking


def _check_operations(place: Path) -> bool:
    from graphql_api.schema.contract import check_operations
    from graphql_api.schema.executable import build_schema

    files = sorted(place.rglob("*.graphql")) if place.is_dir() else [place]
    findings = check_operations(build_schema(operators=True), files)
    for each in findings:
        typer.echo(str(each))
    typer.echo(f"{counted(len(files), 'file')}, {counted(len(findings), 'finding')}.")
    if not files:
        typer.echo(f"There is no .graphql file in {place}.", err=True)
    return bool(files) and not findings
