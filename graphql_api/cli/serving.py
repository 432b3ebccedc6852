"""Commands that serve until they are told to stop."""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from graphql_api.app import build_app
from graphql_api.compose import compose
from graphql_api.running import demo as demonstration
from graphql_api.running.doctor import warn
from graphql_api.running.logs import configure_logs
from graphql_api.running.serving import address_of, bind, work
from graphql_api.running.serving import serve as serve_app
from graphql_api.running.supervision import Line, Supervisor, inherited
from graphql_api.settings import Settings

from .deployment import deployed_settings, try_database
from .terminal import out

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
) -> None:
    """Try it out: everything in this process, a sample register, and an inbox to read."""
    with (
        bind(host, port) as listening,
        tempfile.TemporaryDirectory(prefix="reassort-demo-") as temporary,
    ):
        base = address_of(listening)
        settings = demonstration.demo_settings(data or Path(temporary), base)
        configure_logs(settings.log_level, pretty=True)
        demonstration.prepare_demo(settings)
        try_database(settings)
        app = build_app(compose(settings), work=True)

        def ready() -> None:
            out.print("[bold]reassort demo[/] — sample data, nothing leaves this machine\n")
            steps = demonstration.STEPS.format(base=base)
            print(steps, end="", flush=True)  # noqa: T201 - to be copied

        serve_app(app, listening, settings, ready)


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
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes that serve. Otherwise REASSORT_PROCESSES says.", min=1, max=64
        ),
    ] = None,
    child: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Serve GraphQL. Run `reassort worker` beside it."""
    settings = deployed_settings()
    given = {"portal": portal, "subgraph": subgraph, "processes": workers}
    settings = settings.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    try_database(settings)
    if child:
        _serve_as_child(settings, with_worker, child)
    elif settings.processes > 1:
        _supervise(settings, with_worker, bind(host, port))
    else:
        app = build_app(compose(settings), work=with_worker)
        listening = bind(host, port)
        serve_app(app, listening, settings, _announce(settings, address_of(listening)))


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
    settings = deployed_settings()
    if concurrency is not None:
        settings = settings.model_copy(update={"job_concurrency": concurrency})
    application = compose(settings)

    def ready() -> None:
        warn(settings)
        print("working", flush=True)  # noqa: T201 - supervisors wait for it

    asyncio.run(work(application, ready))


def _announce(settings: Settings, address: str) -> Callable[[], None]:
    def ready() -> None:
        warn(settings)
        print(f"listening on {address}", flush=True)  # noqa: T201 - supervisors wait for it

    return ready


def _supervise(settings: Settings, with_worker: bool, listening: socket.socket) -> None:
    """Serve in several processes; exits with what the supervisor says."""
    command = [sys.executable, "-P", "-m", "graphql_api", "serve"]
    command += ["--portal" if settings.portal else "--no-portal"]
    command += ["--subgraph" if settings.subgraph else "--no-subgraph"]
    command += ["--with-worker"] * with_worker
    ready = _announce(settings, address_of(listening))

    async def supervise() -> int:
        grace = settings.stop_grace
        return await Supervisor(command, listening, settings.processes, grace, ready).run()

    raise typer.Exit(asyncio.run(supervise()))


def _serve_as_child(settings: Settings, with_worker: bool, descriptors: str) -> None:
    """Serve on what the supervisor has handed down."""
    listening, line = inherited(descriptors)
    app = build_app(compose(settings), work=with_worker)
    serve_app(app, listening, settings, Line(line, settings.stop_grace).ready)
