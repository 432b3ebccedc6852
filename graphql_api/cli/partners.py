"""Commands about partners and their API keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from core.intervention import Act
from graphql_api.access.scopes import ASSISTANCE, RENEWALS, SCOPES

from .deployment import with_application
from .interventions import note
from .operator import Operator, anyone, minute, operator
from .terminal import out, tell

if TYPE_CHECKING:
    from rich.table import Table

    from core.partner import ApiKey, PartnerKey
    from graphql_api.compose import Application

Name = Annotated[
    str, typer.Argument(help="As in REASSORT_PARTNER_LINKS: lower-case letters, digits, hyphens.")
]


def add_partner(
    name: Name,
    scope: Annotated[
        list[str], typer.Option(help=f"What it may do: {', '.join(SCOPES)}. May be repeated.")
    ] = [RENEWALS, ASSISTANCE],  # noqa: B006 - typer reads it, nobody changes it
    origin: Annotated[
        list[str] | None,
        typer.Option(help="Of its pages: https://consulat.example.org. May be repeated."),
    ] = None,
    by: Operator = "",
) -> None:
    """Make a partner, and print its API key: the only time that anyone sees it."""
    if unknown := sorted(set(scope) - set(SCOPES)):
        raise ValueError(f"no such scope: {', '.join(unknown)}. There are {', '.join(SCOPES)}")

    async def add(application: Application) -> ApiKey:
        partners = application.keep_partners
        return await partners.register(name, scope, origin or (), by=by or anyone())

    _show(with_application(add))


def show_signing_secret(name: Name, by: Operator = "") -> None:
    """Print what a partner signs its pages with: the prefix of its newest API key, and a secret."""
    from core.partner_signature import secret_of

    async def found(application: Application) -> str:
        now = application.ports.clock.now()
        _, keys = await application.keep_partners.all()
        own = [each.prefix for each in keys if each.partner == name and each.works(now)]
        if not own:
            raise ValueError(f"the partner {name} has no API key: see `reassort partner list`")
        await note(application, Act.SIGNING_SECRET_SHOWN, f"{name} rsk_{own[-1]}", by)
        return f"{own[-1]} {secret_of(application.settings.keyring, own[-1])}"

    typer.echo(with_application(found))


def rotate_key(
    name: Name,
    overlap: Annotated[
        float, typer.Option(help="Hours for which the keys before still work.", min=0, max=8784)
    ] = 24,
    by: Operator = "",
) -> None:
    """Give a partner a new API key, and print it."""

    async def rotate(application: Application) -> ApiKey:
        partners = application.keep_partners
        return await partners.rotate(name, timedelta(hours=overlap), by=by or anyone())

    _show(with_application(rotate))


def revoke_keys(name: Name, by: Operator = "") -> None:
    """End all API keys of a partner, within seconds in every process."""

    async def revoke(application: Application) -> int:
        return await application.keep_partners.revoke(name, by=by or anyone())

    typer.echo(f"{with_application(revoke)} keys end now. `rotate` gives a new one.")


def suspend_partner(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why, for the trace: at most 200 characters.")],
    by: Operator = "",
) -> None:
    """End a partner's keys, tokens, origin and links within seconds, until it is resumed."""

    async def suspend(application: Application) -> None:
        await application.keep_partners.suspend(name, by or operator(), reason)

    with_application(suspend)
    typer.echo(f"{name} is suspended within seconds; its links lead to the portal.")


def resume_partner(name: Name, by: Operator = "") -> None:
    """End the suspension of a partner."""

    async def resume(application: Application) -> None:
        await application.keep_partners.resume(name, by or operator())

    with_application(resume)
    typer.echo(f"{name} is resumed within seconds.")


def list_partners() -> None:
    """Show partners with their scopes and keys; of a key, its public prefix. And suspensions."""

    async def found(application: Application):
        partners, keys = await application.keep_partners.all()
        suspensions = await application.keep_partners.suspensions()
        return partners, keys, suspensions, application.ports.clock.now()

    partners, keys, suspensions, now = with_application(found)
    for partner in partners:
        scopes = " ".join(sorted(partner.scopes)) or "no scopes"
        tell(f"{partner.name}: {scopes} {' '.join(partner.origins)}".rstrip())
        out().print(_table([each for each in keys if each.partner == partner.name], now))
    if not partners:
        tell("No partners.")
    for each in suspensions:
        told = f"suspended {minute(each.suspended_at)} by {each.suspended_by}: {each.reason}"
        if each.resumed_at is not None:
            told += f" (resumed {minute(each.resumed_at)} by {each.resumed_by})"
        tell(f"{each.partner}: {told}")


def _table(keys: Sequence[PartnerKey], now: datetime) -> Table:
    from rich.table import Table

    table = Table("key", "made", "last used", "ends", "")
    for key in keys:
        state = "works" if key.works(now) else "revoked" if key.revoked else "ended"
        times = (minute(each) for each in (key.created_at, key.last_used_at, key.ends_at))
        table.add_row(f"rsk_{key.prefix}", *times, state)
    return table


def _show(key: ApiKey) -> None:
    typer.echo(key.reveal())
    typer.echo("Kept nowhere: hand it over now, and not by e-mail. Known within seconds.", err=True)
