"""The command `reassort`: its groups of commands are in the files beside this one.

A command imports what it needs when it runs. `--help`, a new key and a bounce that a mail server
pipes in then do not wait for a gateway that they do not use.

`alerts`      commands about alerts: which there are, and what somebody does about one
`bounces`     the command that an MTA pipes bounces into, or that reads them from a maildir
`checking`    commands that look, and change nothing
`clock`       what is to be done once a clock that was wrong is right again
`contract`    the schema as a contract: printed, and held against a release or against operations
`database`    commands that make and fill what a deployment keeps
`deliveries`  commands about messages: do they arrive?
`deployment`  the deployment that a command acts on: its settings, and its application, opened
`first_sending`  the command that takes in what is reported of the first sending
`interventions`  what was done to a deployment leaves a trace, and is shown
`jobs`        commands about jobs that were given up
`living`      the process behind `demo --election`
`operator`    who orders what leaves a trace, and when it was
`operators`   commands about those who may release voting rounds
`partners`    commands about partners and their API keys
`password_keys`  commands about the file of the password keys
`processes`   the processes behind `demo`, `serve` and `worker`
`receipts`    the command that says where a provider is to report to
`report`      the report on a voting round
`restore`     what is to be done once a backup was put back
`rounds`      commands that hold and release voting rounds
`sandbox`     the command that serves a sandbox
`security_codes`  the command that makes a stock of digits, seen and heard
`serving`     commands that serve until they are told to stop
`terminal`    where commands print, and how they say that they failed
`unreached`   the voters of a round whom nothing reaches: counted, or named
`voters`      commands that stop one voter's renewals, and let them go on
"""

from __future__ import annotations

from typing import Annotated

import typer

from .alerts import acknowledge_alert, list_alerts, resolve_alert
from .bounces import record_bounce
from .checking import doctor, new_key
from .clock import reset_clock_mark
from .contract import schema
from .database import import_register, migrate, move_to_postgresql
from .deliveries import show_deliveries
from .first_sending import import_receipts
from .interventions import list_interventions
from .jobs import list_jobs, requeue_jobs
from .operators import add_operator, list_operators, remove_operator
from .partners import (
    add_partner,
    list_partners,
    resume_partner,
    revoke_keys,
    rotate_key,
    show_signing_secret,
    suspend_partner,
)
from .password_keys import adopt_password_key, new_password_key
from .receipts import show_receipt_address
from .report import report
from .restore import after_restore
from .rounds import (
    approve_release,
    hold_round,
    list_rounds,
    propose_release,
    unhold_round,
    verify_round,
)
from .sandbox import sandbox
from .security_codes import new_security_code_stock
from .serving import demo, serve, worker
from .terminal import plain_failures
from .unreached import unreached
from .voters import freeze_voter, list_freezes, show_voter, unfreeze_voter

__all__ = ["cli", "main"]

cli = typer.Typer(
    name="reassort",
    help="Renew the password of the internet voting portal, over GraphQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes cost a help page three times what it costs without
    add_completion=False,
)
for command in (demo, sandbox, serve, worker, migrate, import_register, schema, new_key, doctor):
    cli.command()(command)
cli.command("move-to-postgresql")(move_to_postgresql)
cli.command("after-restore")(after_restore)
cli.command("reset-clock-mark")(reset_clock_mark)
cli.command("new-password-key")(new_password_key)
cli.command("new-security-code-stock")(new_security_code_stock)
cli.command("adopt-password-key")(adopt_password_key)
cli.command("deliveries")(show_deliveries)
cli.command("report")(report)
cli.command("import-receipts")(import_receipts)
cli.command("unreached")(unreached)
cli.command("interventions")(list_interventions)
cli.command("record-bounce")(record_bounce)
cli.command("receipt-address")(show_receipt_address)

jobs_cli = typer.Typer(help="Jobs that were given up.", no_args_is_help=True)
jobs_cli.command("list")(list_jobs)
jobs_cli.command("requeue")(requeue_jobs)
cli.add_typer(jobs_cli, name="jobs")

alerts_cli = typer.Typer(help="What operators are to look at.", no_args_is_help=True)
alerts_cli.command("list")(list_alerts)
alerts_cli.command("acknowledge")(acknowledge_alert)
alerts_cli.command("resolve")(resolve_alert)
cli.add_typer(alerts_cli, name="alerts")

partners_cli = typer.Typer(help="Partners that call with an API key.", no_args_is_help=True)
partners_cli.command("add")(add_partner)
partners_cli.command("rotate")(rotate_key)
partners_cli.command("revoke")(revoke_keys)
partners_cli.command("suspend")(suspend_partner)
partners_cli.command("resume")(resume_partner)
partners_cli.command("signing-secret")(show_signing_secret)
partners_cli.command("list")(list_partners)
cli.add_typer(partners_cli, name="partner")

voters_cli = typer.Typer(help="One voter: what happened, renewals stopped.", no_args_is_help=True)
voters_cli.command("show")(show_voter)
voters_cli.command("freeze")(freeze_voter)
voters_cli.command("unfreeze")(unfreeze_voter)
voters_cli.command("list")(list_freezes)
cli.add_typer(voters_cli, name="voter")

operators_cli = typer.Typer(help="Who may release voting rounds.", no_args_is_help=True)
operators_cli.command("add")(add_operator)
operators_cli.command("remove")(remove_operator)
operators_cli.command("list")(list_operators)
cli.add_typer(operators_cli, name="operator")

rounds_cli = typer.Typer(help="Voting rounds: held, and released by two.", no_args_is_help=True)
rounds_cli.command("list")(list_rounds)
rounds_cli.command("hold")(hold_round)
rounds_cli.command("unhold")(unhold_round)
rounds_cli.command("propose-release")(propose_release)
rounds_cli.command("approve-release")(approve_release)
rounds_cli.command("verify")(verify_round)
cli.add_typer(rounds_cli, name="round")


def main() -> None:
    """Entry point of the command."""
    with plain_failures():
        cli()


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"reassort {version('reassort')}")
        raise typer.Exit


@cli.callback()
def reassort(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Renew the password of the internet voting portal, over GraphQL."""
