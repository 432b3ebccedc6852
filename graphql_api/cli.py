"""The command `reassort`."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from core.errors import DependencyFailure
from graphql_api import demo as demonstration
from graphql_api.app import build_app
from graphql_api.compose import (
    Application,
    ImportFailed,
    ImportReport,
    compose,
    load_register,
    prepare_database,
)
from graphql_api.doctor import Verdict, examine, warn
from graphql_api.logs import configure_logs
from graphql_api.schema import sdl
from graphql_api.serving import CannotListen, address_of, bind, work
from graphql_api.serving import serve as serve_app
from graphql_api.settings import Settings, SettingsRefused, read_settings

cli = typer.Typer(
    name="reassort",
    help="Renew the password of the internet voting portal, over GraphQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
jobs_cli = typer.Typer(help="Jobs that were given up.", no_args_is_help=True)
cli.add_typer(jobs_cli, name="jobs")
out = Console()
err = Console(stderr=True)

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[
    int, typer.Option(help="Port to listen on; 0 lets the system choose.", min=0, max=65535)
]


def main() -> None:
    """Entry point of the command."""
    with _plain_failures():
        cli()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"reassort {version('reassort')}")
        raise typer.Exit


@cli.callback()
def reassort(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Renew the password of the internet voting portal, over GraphQL."""


@cli.command()
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
        _try_database(settings)
        app = build_app(compose(settings), work=True)

        def ready() -> None:
            out.print("[bold]reassort demo[/] — sample data, nothing leaves this machine\n")
            out.print(
                f"  Portal   {base}/\n  Inbox    {base}/dev/inbox\n  GraphQL  {base}/graphql\n"
            )
            print(demonstration.STEPS.format(base=base), flush=True)  # noqa: T201 - to be copied

        serve_app(app, listening, settings, ready)


@cli.command()
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
) -> None:
    """Serve GraphQL. Run `reassort worker` beside it."""
    settings = _settings()
    if portal is not None:
        settings = settings.model_copy(update={"portal": portal})
    _try_database(settings)
    app = build_app(compose(settings), work=with_worker)
    listening = bind(host, port)
    address = address_of(listening)

    def ready() -> None:
        warn(settings)
        print(f"listening on {address}", flush=True)  # noqa: T201 - supervisors wait for it

    serve_app(app, listening, settings, ready)


@cli.command()
def worker() -> None:
    """Work off the jobs: decide, send e-mails, issue passwords, send SMS, tidy up."""
    settings = _settings()
    application = compose(settings)

    def ready() -> None:
        warn(settings)
        print("working", flush=True)  # noqa: T201 - supervisors wait for it

    asyncio.run(work(application, ready))


@cli.command()
def migrate() -> None:
    """Create the database, or bring it to this version's schema."""
    changed = prepare_database(_settings())
    out.print("The database is made." if changed else "The database is up to date.")


@cli.command()
def import_register(
    file: Annotated[Path, typer.Argument(help="CSV with a header line.", exists=True)],
    report: Annotated[
        Path, typer.Option(help="Where rejected lines and findings are named.")
    ] = Path("import-report.csv"),
    region: Annotated[
        str | None,
        typer.Option(help="Country of phone numbers without a prefix, as ISO 3166: FR."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(help="Accept a file with many rejected lines or many voters gone."),
    ] = False,
) -> None:
    """Make the register from a CSV file; it takes the place of the one before."""
    settings = _settings()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("Importing", total=file.stat().st_size, rate="")

        def progress(lines: int, done: int, total: int) -> None:
            elapsed = bar.tasks[task].elapsed or 0
            rate = f"{lines / elapsed:,.0f} voters/s" if elapsed else ""
            bar.update(task, completed=done, total=total, rate=rate)

        result = load_register(settings, file, report, progress, region, force)
    _print_report(result, report)


@cli.command()
def schema() -> None:
    """Print the GraphQL schema (SDL)."""
    sys.stdout.write(sdl())


@cli.command()
def new_key() -> None:
    """Print a fresh secret key for `REASSORT_KEYS`."""
    print(demonstration.new_key())  # noqa: T201 - its one purpose


@cli.command()
def doctor() -> None:
    """Check this deployment; exits with 1 when something must be mended."""
    marks = {
        Verdict.GOOD: "[green]ok[/]",
        Verdict.WARNING: "[yellow]!![/]",
        Verdict.BAD: "[red]XX[/]",
    }
    findings = examine(_settings())
    for each in findings:
        line = f"{marks[each.verdict]}  {each.subject}: {each.text}"
        out.print(line, highlight=False, soft_wrap=True)
    if any(each.verdict is Verdict.BAD for each in findings):
        raise typer.Exit(1)


@jobs_cli.command("list")
def list_jobs(limit: Annotated[int, typer.Option(min=1)] = 50) -> None:
    """Show the jobs that were given up, latest first."""

    async def dead(application: Application):
        return await application.jobs.list(limit)

    letters = _with_application(dead)
    for each in letters:
        at = each.buried_at.isoformat(timespec="seconds")
        typer.echo(f"{each.id}\t{each.job.key}\t{each.attempts} attempts\t{each.reason}\t{at}")
    if not letters:
        typer.echo("No dead letters.")


@jobs_cli.command("requeue")
def requeue_jobs(ids: Annotated[list[int], typer.Argument(help="Ids from `jobs list`.")]) -> None:
    """Have these jobs tried again from the start."""

    async def requeue(application: Application) -> int:
        return await application.jobs.requeue(ids, datetime.now(UTC))

    count = _with_application(requeue)
    typer.echo(f"{count} of {len(ids)} queued again.")
    if count < len(ids):
        typer.echo("The others are no dead letters: see `reassort jobs list`.", err=True)
        raise typer.Exit(1)


def _settings() -> Settings:
    settings = read_settings()
    configure_logs(settings.log_level, pretty=settings.log_format == "pretty")
    return settings


def _try_database(settings: Settings) -> None:
    """A database that cannot be used is said in a sentence, before anything listens."""

    async def nothing(_: Application) -> None:
        pass

    _with_application(nothing, settings)


def _with_application(act, settings: Settings | None = None):
    async def run():
        application = compose(settings or _settings())
        await application.start()
        try:
            return await act(application)
        finally:
            await application.stop()

    return asyncio.run(run())


def _print_report(result: ImportReport, report: Path) -> None:
    counts = Table("", "voters", show_header=True)
    for name in ("lines", "accepted", "rejected", "added", "updated", "unchanged", "removed"):
        counts.add_row(name, f"{getattr(result, name):,}")
    for finding, count in [*result.rejections.items(), *result.hygiene.items()]:
        counts.add_row(f"  {finding.value}", f"{count:,}")
    out.print(counts)
    out.print(f"Every rejected line and finding, by line number: {report}")


@contextmanager
def _plain_failures() -> Iterator[None]:
    """What an operator can mend is said in a sentence, without a traceback."""
    try:
        yield
    except SettingsRefused as refusal:
        typer.echo(f"Settings:\n{refusal}", err=True)
        raise SystemExit(2) from None
    except (DependencyFailure, ImportFailed, CannotListen, OSError, ValueError) as failure:
        typer.echo(str(failure), err=True)
        raise SystemExit(1) from None
