"""What was done to a deployment leaves a trace, and is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from .deployment import with_application
from .operator import anyone, minute
from .terminal import tell

if TYPE_CHECKING:
    from core.intervention import Act, Intervention
    from graphql_api.compose import Application
    from graphql_api.settings import Settings


async def note(application: Application, act: Act, detail: str = "", by: str = "") -> None:
    """In the database and the journal, right after the deed."""
    await application.note_interventions(by or anyone(), act, detail)


def leave_trace(settings: Settings, act: Act, detail: str = "", by: str = "") -> None:
    """The same for a deed that needed no application. A database that is not there yet, or away,
    keeps nothing: then the journal alone has it."""
    from core.errors import StoreUnavailable

    async def noted(application: Application) -> None:
        await note(application, act, detail, by)

    try:
        with_application(noted, settings)
    except StoreUnavailable:
        from core.events import OperatorActed
        from graphql_api.compose import compose_on_demand

        acted = OperatorActed(act, by or anyone(), detail)
        compose_on_demand(settings).ports.events.record(acted)


def list_interventions(
    limit: Annotated[int, typer.Option(help="How many, the latest first.", min=1)] = 50,
) -> None:
    """Show what was done to this deployment: by whom, when."""

    async def found(application: Application) -> list[Intervention]:
        return list(await application.note_interventions.latest(limit))

    for each in with_application(found):
        told = f"{minute(each.at)} {each.by}: {each.act} {each.detail}".rstrip()
        tell(told)
