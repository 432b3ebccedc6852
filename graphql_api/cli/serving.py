"""Commands that serve until they are told to stop. What they do is in `processes`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[
    int, typer.Option(help="Port to listen on; 0 lets the system choose.", min=0, max=65535)
]


def demo(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    data: Annotated[
        Path | None, typer.Option(help="Folder to keep the demo in; otherwise a temporary one.")
    ] = None,
    election: Annotated[
        str | None,
        typer.Option(
            help="Show a simulated election as it goes on: made-up data, and nothing is sent. "
            "Its name: argentina-2022, an-operator-blocks, a-good-day."
        ),
    ] = None,
    speed: Annotated[
        float, typer.Option(help="Seconds of the election in one second.", min=1, max=600)
    ] = 60,
) -> None:
    """Try it out: everything in this process, a sample register, and an inbox to read."""
    if election is not None:
        from .living import run_election

        run_election(election, speed, host, port, data)
        return
    from .processes import run_demo

    run_demo(host, port, data)


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Also run the worker in this process.")
    ] = False,
    portal: Annotated[
        bool | None,
        typer.Option(help="Serve the six screens at `/`. Otherwise REASSORT_PORTAL says."),
    ] = None,
    subgraph: Annotated[
        bool | None,
        typer.Option(help="Be a Federation 2 subgraph. Otherwise REASSORT_SUBGRAPH says."),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            help="Processes that serve. Otherwise REASSORT_PROCESSES says.", min=1, max=64
        ),
    ] = None,
    workers: Annotated[int | None, typer.Option(hidden=True, min=1, max=64)] = None,
    child: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Serve GraphQL. Run `reassort worker` beside it."""
    from .processes import run_gateway

    if workers is not None:
        typer.echo("--workers is now --processes; the old name goes with 1.0.0.", err=True)
    given = {"portal": portal, "subgraph": subgraph, "processes": processes or workers}
    run_gateway(host, port, with_worker, given, child)


def worker(
    concurrency: Annotated[
        int | None,
        typer.Option(
            help="Jobs of each kind at once. Otherwise REASSORT_JOB_CONCURRENCY says.",
            min=1,
            max=256,
        ),
    ] = None,
) -> None:
    """Work off the jobs: decide, send e-mails, issue passwords, send SMS, tidy up."""
    from .processes import run_worker

    run_worker(concurrency)
