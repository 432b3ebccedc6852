"""The deployment that a command acts on: its settings, and its application, opened."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from .operator import anyone

if TYPE_CHECKING:
    from graphql_api.compose import Application
    from graphql_api.settings import Settings

Result = TypeVar("Result")


def deployed_settings() -> Settings:
    """The settings from the environment, with the logs set up as they say."""
    import_structlog_alone()
    from graphql_api.running.logs import configure_logs
    from graphql_api.settings import read_settings

    settings = read_settings()
    configure_logs(settings.log_level, pretty=settings.log_format == "pretty")
    return settings


def import_structlog_alone() -> None:
    """Import structlog without rich, with which it prints tracebacks where it finds it. Our logs
    hold none, and rich is a tenth of what a short command costs."""
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # pyright: ignore[reportArgumentType] - importing it now fails
    try:
        import structlog  # noqa: F401 - kept in `sys.modules`
    finally:
        del sys.modules["rich"]


def with_application(
    act: Callable[[Application], Awaitable[Result]],
    settings: Settings | None = None,
    application: Application | None = None,
) -> Result:
    """What `act` returns over the application, by default the deployment's, of which only what it
    asks for is made. The database is open for as long as it lasts."""
    import asyncio

    if application is None:
        from graphql_api.compose import compose_on_demand

        application = compose_on_demand(settings or deployed_settings())
    return asyncio.run(_opened(application, act))


async def _opened(
    application: Application, act: Callable[[Application], Awaitable[Result]]
) -> Result:
    await application.open()
    try:
        return await act(application)
    finally:
        await application.stop()


def try_database(settings: Settings, clock: bool = False) -> None:
    """A database that cannot be used, or has other password keys, is said in a sentence, before
    anything listens or works; and if told to, a `clock` that is wrong, or a backup."""

    async def claim(application: Application) -> None:
        if clock:
            await application.watch_clock.refuse()
            await application.watch_lineage.refuse()
        await application.claim_password_keys()
        if clock:
            await application.note_start(anyone())

    with_application(claim, settings)
