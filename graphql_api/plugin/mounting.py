"""Our app below a path of a Starlette host.

A host runs no lifespan but its own, so it has to start and stop what it mounts. Everything that the
app brings (correlation ids, the cap on bodies, limits) works below a mount as it does alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.routing import Mount

from graphql_api.app import build_app
from graphql_api.compose import Application

from .host import running


@dataclass(frozen=True)
class Mounted:
    """One application below a path: `route` goes into the host's routes."""

    route: Mount
    application: Application

    async def start(self) -> None:
        """Raises `StoreUnavailable`."""
        await self.application.start()

    async def stop(self) -> None:
        await self.application.stop()

    @asynccontextmanager
    async def running(self, work: bool = False) -> AsyncIterator[None]:
        """Started, for as long as the block lasts. `work`: the worker runs here, too."""
        async with running(self.application, work):
            yield


def mount(application: Application, path: str) -> Mounted:
    """The app of `application` below `path`: GraphQL is at `path` and `/graphql`. Raises
    `ValueError` for a path that is none, and when the portal is on: its pages know one place only.
    """
    if not path.startswith("/") or path.endswith("/"):
        raise ValueError("a path to mount at begins with a slash and does not end with one")
    if application.settings.portal:
        raise ValueError("REASSORT_PORTAL: the portal's pages are served at `/`, not below a path")
    return Mounted(Mount(path, build_app(application)), application)
