"""The command that serves a sandbox."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import typer

from .serving import Host, Port
from .terminal import out


def sandbox(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    at: Annotated[
        str,
        typer.Option(help="Where its clock stands still: 2027-06-05T12:00:00Z. Else it runs."),
    ] = "",
    seed: Annotated[
        str, typer.Option(help="The same seed gives the same tokens, codes and passwords.")
    ] = "reassort",
    limits: Annotated[bool, typer.Option(help="Hold callers to the limits of production.")] = True,
    caps: Annotated[
        bool, typer.Option("--caps", help="Hold voters to the caps of production, too.")
    ] = False,
    bounces: Annotated[
        bool, typer.Option(help="Mail servers report which e-mails they do not bring.")
    ] = True,
    link_template: Annotated[
        str, typer.Option(help="Your page behind the e-mail's link: http://…/#token={token}.")
    ] = "",
    cors_origin: Annotated[
        list[str] | None,
        typer.Option(help="Where your pages come from: http://localhost:5173. May be repeated."),
    ] = None,
    subgraph: Annotated[
        bool, typer.Option("--subgraph", help="Be a Federation 2 subgraph, for your router.")
    ] = False,
    price: Annotated[
        Literal["offered", "required"],
        typer.Option(help="Whether digits without a `proof` are taken, or refused as in a vote."),
    ] = "offered",
) -> None:
    """Serve the gateway in memory, with voters for every outcome: for partners' tests."""
    from graphql_api.compose.sandbox import compose_sandbox
    from graphql_api.running.logs import configure_logs
    from graphql_api.running.serving import address_of, bind, serve
    from graphql_api.sandbox.app import build_sandbox
    from graphql_api.scenarios.settings import SandboxOptions

    with bind(host, port) as listening:
        base = address_of(listening)
        origins = tuple(cors_origin or ())
        options = SandboxOptions(
            base, seed, _moment(at), limits, link_template, caps, bounces, origins, subgraph, price
        )
        settings = compose_sandbox(options).application.settings  # what is wrong is said now
        configure_logs("CRITICAL")

        def ready() -> None:
            out().print(
                "[bold]reassort sandbox[/] — invented voters, nothing leaves this machine\n"
            )
            out().print(
                f"  GraphQL    {base}/graphql\n  Voters     {base}/dev/scenarios\n"
                f"  Inbox      {base}/dev/inbox\n  Portal     {base}/\n"
            )
            print(f"listening on {base}", flush=True)  # noqa: T201 - test runs wait for it

        serve(build_sandbox(options), listening, settings, ready)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("--at: a moment has a time zone, such as Z")
    return at
