"""The process behind `demo --election`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import typer
from starlette.types import ASGIApp

from core.errors import CannotProceed
from core.voting_round import PARIS
from core.web_address import is_loopback
from graphql_api.app import build_app
from graphql_api.compose import (
    LivingElection,
    election_names,
    live,
    prepare_database,
    read_election,
)
from graphql_api.demo_issuer.address import Address
from graphql_api.demo_issuer.front_door import FrontDoor
from graphql_api.demo_issuer.issuer import DemoIssuer
from graphql_api.demo_issuer.pages import issuer_routes
from graphql_api.running.living import WELCOME, Spec, begin_anew, living_settings
from graphql_api.running.logs import configure_logs
from graphql_api.running.serving import address_of, bind, serve

from .terminal import out


def run_election(name: str, speed: float, host: str, port: int, data: Path | None) -> None:
    """Show a recorded election as it goes on, in `data` or in a folder that goes with it."""
    if not is_loopback(host):
        raise CannotProceed(
            f"--host {host}: an election is shown on this machine only, since anybody may sign in"
        )
    if name not in election_names():
        known = ", ".join(election_names())
        raise typer.BadParameter(f"choose one of {known}", param_hint="--election")
    with (
        bind(host, port) as listening,
        tempfile.TemporaryDirectory(prefix="reassort-demo-") as temporary,
    ):
        base, folder = address_of(listening), data or Path(temporary)
        election = _made(name, speed, folder, base)

        def ready() -> None:
            Spec(name, speed, election.clock.began).keep(folder)
            out().print("[bold]reassort demo[/] — made-up data, nothing leaves this machine\n")
            print(_welcome(election, folder, base, speed), end="", flush=True)  # noqa: T201

        serve(_app_of(election, base), listening, election.settings, ready)


def _made(name: str, speed: float, folder: Path, base: str) -> LivingElection:
    """The election in its folder, with nothing of it in the database yet."""
    recorded = read_election(name)
    begin_anew(folder)
    settings = living_settings(folder, base, recorded.heading)
    configure_logs(settings.log_level, pretty=True)
    Spec(name, speed).keep(folder)
    prepare_database(settings)
    return live(settings, recorded, speed)


def _app_of(election: LivingElection, base: str) -> ASGIApp:
    """With where people sign in, and the way to the page."""
    issuer = DemoIssuer(Address(base), election.here.clock, election.here.randomness)
    return FrontDoor(build_app(election, work=True, besides=issuer_routes(issuer)), base)


def _welcome(election: LivingElection, folder: Path, base: str, speed: float) -> str:
    heading = election.recorded.heading
    first, *others = heading.routes
    passes = (
        "and time passes as it does here" if speed == 1 else f"and a second here is {speed:g} there"
    )
    return WELCOME.format(
        title=heading.title,
        now=heading.starts_at.astimezone(PARIS),
        opened=heading.opens_at.astimezone(PARIS),
        passes=passes,
        first=first,
        others=" and ".join(others),
        command=sys.argv[0] if sys.argv[0].endswith("reassort") else "reassort",
        folder=folder,
        base=base,
    )
