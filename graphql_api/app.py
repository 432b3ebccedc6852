"""The ASGI application: `/graphql`, health, and in trials the inbox. Mountable in a host."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from graphql_api.compose import Application
from graphql_api.dev_inbox import inbox_routes
from graphql_api.envelope import CORRELATION_ID, Envelope
from graphql_api.portal.pages import portal_routes
from graphql_api.presentation import mask
from graphql_api.schema import build_schema
from graphql_api.view import GatewayView


def build_app(application: Application, work: bool = False) -> ASGIApp:
    """The app of a composed application; it starts and stops with the server's lifespan.

    `work`: also run the worker in this process, as the demo does.
    """
    view = GatewayView(build_schema(), application.gateway)
    routes: list[BaseRoute] = [
        Route("/graphql", view),
        Route("/healthz", _alive),
        Route("/readyz", _ready(application)),
    ]
    if application.settings.portal:
        routes += portal_routes()
    if application.settings.dev_inbox and application.ports.inbox is not None:
        routes += inbox_routes(application.ports.inbox)
    handlers: dict[Any, Any] = {HTTPException: _refused, Exception: _failed}
    lifespan = _lifespan(application, work)
    inner = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    return Envelope(inner, application.settings.longest_body)


def _lifespan(application: Application, work: bool):
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await application.start()
        try:
            async with application.working() if work else _nothing():
                yield
        finally:
            await application.stop()

    return lifespan


@asynccontextmanager
async def _nothing() -> AsyncIterator[None]:
    yield


async def _refused(_: Request, refusal: HTTPException) -> Response:
    """Wrong path or method, as JSON like everything else."""
    body = {"errors": [{"message": refusal.detail, "extensions": {"code": "BAD_REQUEST"}}]}
    return JSONResponse(body, refusal.status_code, refusal.headers)


async def _failed(request: Request, failure: Exception) -> Response:
    """A defect outside of any GraphQL field: masked like one inside."""
    masked = mask(failure, request.scope.get(CORRELATION_ID, ""))
    return JSONResponse({"errors": [masked]}, 500)


async def _alive(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "alive"})


def _ready(application: Application):
    async def ready(_: Request) -> Response:
        """The database and its jobs can be read."""
        if await application.is_ready():
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "database unreachable"}, 503)

    return ready
