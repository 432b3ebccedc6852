"""The processes behind `demo`, `serve` and `worker`, from the settings to the last signal."""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import typer

from core.errors import CannotProceed
from graphql_api.app import build_app
from graphql_api.compose import Application, compose
from graphql_api.demo_issuer.address import of_a_demo
from graphql_api.running import demo as demonstration
from graphql_api.running.doctor import warn
from graphql_api.running.logs import configure_logs
from graphql_api.running.serving import address_of, bind, run, work
from graphql_api.running.serving import serve as serve_app
from graphql_api.running.supervision import Line, Supervisor, inherited
from graphql_api.settings import Settings

from .deployment import deployed_settings, try_database
from .terminal import out


def run_demo(host: str, port: int, data: Path | None) -> None:
    """Serve a demo, with its worker, in `data` or in a folder that goes with it."""
    with (
        bind(host, port) as listening,
        tempfile.TemporaryDirectory(prefix="reassort-demo-") as temporary,
    ):
        base = address_of(listening)
        settings = demonstration.demo_settings(data or Path(temporary), base)
        configure_logs(settings.log_level, pretty=True)
        demonstration.prepare_demo(settings)
        application = compose(settings)
        try_database(settings)
        app = build_app(application, work=True)

        def ready() -> None:
            out().print("[bold]reassort demo[/] — sample data, nothing leaves this machine\n")
            steps = demonstration.STEPS.format(base=base)
            print(steps, end="", flush=True)  # noqa: T201 - to be copied

        serve_app(app, listening, settings, ready)


def run_gateway(
    host: str, port: int, with_worker: bool, given: Mapping[str, object], child: str
) -> None:
    """Serve GraphQL. `given` are settings that the command line may have; None leaves one as the
    environment has it. `child`: the file descriptors that a supervisor has handed down."""
    settings = deployed_settings()
    settings = settings.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )
    _believe_no_demo(settings)
    application = compose(settings, work=with_worker, watches_clock=True)
    try_database(settings, clock=True)
    if child:
        _serve_as_child(application, with_worker, child)
    elif settings.processes > 1:
        _supervise(settings, with_worker, bind(host, port))
    else:
        app = build_app(application, work=with_worker)
        listening = bind(host, port)
        serve_app(app, listening, settings, _announce(settings, address_of(listening)))


def _believe_no_demo(settings: Settings) -> None:
    """Raises `CannotProceed` where tokens would be believed that anybody gets."""
    found = of_a_demo(each.issuer for each in settings.issuers)
    if found:
        raise CannotProceed(
            f"REASSORT_ISSUERS: {', '.join(found)} is a demo's, where anybody gets a token: only "
            "`reassort demo` believes it"
        )


def run_worker(concurrency: int | None) -> None:
    """Work off jobs. `concurrency`: how many of each kind at once, if the command line says."""
    settings = deployed_settings()
    if concurrency is not None:
        settings = settings.model_copy(update={"job_concurrency": concurrency})
    application = compose(settings, watches_clock=True)
    try_database(settings, clock=True)

    def ready() -> None:
        warn(settings)
        print("working", flush=True)  # noqa: T201 - supervisors wait for it

    run(work(application, ready))


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


def _serve_as_child(application: Application, with_worker: bool, descriptors: str) -> None:
    """Serve on what the supervisor has handed down."""
    listening, line = inherited(descriptors)
    app, settings = build_app(application, work=with_worker), application.settings
    serve_app(app, listening, settings, Line(line, settings.stop_grace).ready)
