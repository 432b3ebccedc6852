"""The ASGI application: `/graphql`, health, and in trials the inbox. Mountable in a host."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from graphql_api.access.client_network import Proxies
from graphql_api.compose import Application
from graphql_api.documents.trusted import TrustedDocuments
from graphql_api.documents.trusted_files import DocumentsRefused
from graphql_api.operations_page.pages import SignIn, Watched, operations_routes
from graphql_api.over_http.arrival import Arrivals
from graphql_api.over_http.cors import Origins
from graphql_api.over_http.dev_inbox import inbox_routes
from graphql_api.over_http.endpoint import GraphQLEndpoint
from graphql_api.over_http.envelope import Envelope
from graphql_api.over_http.for_people import ForPeople
from graphql_api.over_http.guard import Guard
from graphql_api.over_http.headers import CORRELATION_ID
from graphql_api.over_http.metrics import metrics_routes
from graphql_api.over_http.notice import Notice
from graphql_api.over_http.presentation import mask
from graphql_api.over_http.problem_page import Cell, ProblemPage
from graphql_api.over_http.queue import Queue
from graphql_api.over_http.receipts import receipt_routes
from graphql_api.over_http.refusal import Refusal, failed, refused
from graphql_api.over_http.way_in import PATH, WayIn
from graphql_api.portal.pages import portal_routes
from graphql_api.portal.site import Site
from graphql_api.schema.call import Gateway
from graphql_api.schema.executable import build_schema
from graphql_api.settings import Settings, SettingsRefused
from graphql_api.subgraph import behind_a_router, routers_of

_log = structlog.stdlib.get_logger("reassort.gateway")


def build_app(
    application: Application, work: bool = False, besides: Sequence[BaseRoute] = ()
) -> ASGIApp:
    """The app of a composed application; it starts and stops with the server's lifespan.

    `work`: also run the worker in this process, as the demo does. `besides`: what else is served.
    """
    settings, gateway = application.settings, application.gateway
    plain = build_endpoint(settings, gateway, application.is_stopped)
    token = settings.metrics_token.get_secret_value()
    routes: list[BaseRoute] = [
        *besides,
        Route(f"{PATH}/", _without_slash, methods=["GET", "POST"]),
        Route("/healthz", _alive),
        Route("/readyz", _ready(application)),
        *receipt_routes(
            application.receipt_parsers, application.record_receipt, application.is_stopped
        ),
        *metrics_routes(
            application.read_report, plain.document_use, token, gateway.refusals.counts
        ),
    ]
    if application.settings.portal:
        routes += portal_routes(_site(settings), application.gateway.policy.identifier_length)
    if settings.operations:
        routes += operations_routes(
            _sign_in(settings), _watched(settings), application.gateway.policy.identifier_length
        )
    if application.settings.dev_inbox and application.ports.inbox is not None:
        routes += inbox_routes(application.ports.inbox)
    handlers: dict[Any, Any] = {HTTPException: _refused, Exception: _failed}
    lifespan = _lifespan(application, work)
    inner = Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)
    arrivals = Arrivals(
        settings.longest_body, Proxies(settings.trusted_proxies), routers_of(settings).show
    )
    access = application.authentication
    return WayIn(
        Origins(settings.allowed_origins, access.allows_origin, access.bars_origin),
        arrivals,
        Queue(
            settings.requests_at_once,
            settings.request_patience,
            shed=Notice(_log, "requests_shed").count,
        ),
        Guard(access, gateway.limits, gateway.refusals),
        behind_a_router(settings, gateway, plain),
        ForPeople(Envelope(inner, arrivals), _problem_page(settings)),
    )


def _site(settings: Settings) -> Site:
    return Site(
        settings.assistance_email,
        settings.assistance_phone,
        settings.hours_by_locale,
        {
            "accessibility": settings.portal_accessibility_url,
            "legal": settings.portal_legal_url,
            "privacy": settings.portal_privacy_url,
        },
    )


def _sign_in(settings: Settings) -> SignIn:
    return SignIn(
        settings.operations_issuer, settings.operations_client_id, settings.operations_scopes
    )


def _watched(settings: Settings) -> Watched:
    """From which figures on an alert is given: the page reads them alike."""
    return Watched(settings.alert_below, settings.alert_sample, settings.smallest_cell)


def _problem_page(settings: Settings) -> ProblemPage:
    """What people are shown where nothing else can be: whom to call, and the way to the portal."""
    cell = Cell(settings.assistance_email, settings.assistance_phone, settings.hours_by_locale)
    page = settings.link_template.partition("#")[0] if settings.has_portal else None
    return ProblemPage(cell, "/" if settings.portal else None, page, settings.portal)


def build_endpoint(
    settings: Settings, gateway: Gateway, is_stopped: Callable[[], bool] = lambda: False
) -> GraphQLEndpoint:
    """The endpoint of a deployment with its schema. Raises `SettingsRefused` for a trusted
    document that is broken."""
    schema = build_schema(settings.documents_remembered, settings.document_limits, operators=True)
    only, folder = settings.trusted_documents_only, settings.trusted_documents
    trusted = None
    portal, operations = settings.portal, settings.operations
    if folder is not None or only or portal or operations:
        try:
            trusted = TrustedDocuments(
                schema.read_anew, folder, only, portal, operations=operations
            )
        except DocumentsRefused as refusal:
            raise SettingsRefused(f"REASSORT_TRUSTED_DOCUMENTS: {refusal}") from None
    return GraphQLEndpoint(schema, gateway, trusted, is_stopped)


def _lifespan(application: Application, work: bool):
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await application.start()
        try:
            async with AsyncExitStack() as stack:
                if work:
                    await stack.enter_async_context(application.working())
                await stack.enter_async_context(application.watching())
                yield
        finally:
            await application.stop()

    return lifespan


async def _refused(request: Request, refusal: HTTPException) -> Response:
    """Wrong path or method, as JSON like everything else; `ForPeople` shows it to browsers."""
    told = Refusal(refusal.status_code, refusal.detail, headers=refusal.headers)
    return refused(told, request.scope)


async def _failed(request: Request, failure: Exception) -> Response:
    """A defect outside of any GraphQL field: masked like one inside."""
    masked = mask(failure, request.scope.get(CORRELATION_ID, ""))
    return failed(masked, request.scope)


async def _without_slash(request: Request) -> Response:
    """With the same method and content, and below the same mount."""
    return RedirectResponse(request.url.replace(path=request.url.path.rstrip("/")))


async def _alive(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "alive"})


def _ready(application: Application):
    async def ready(_: Request) -> Response:
        """The database takes writes, and its jobs can be read. Shared limits that are out take no
        replica away, for each process then counts for itself, nor do missing workers: what is asked
        for waits."""
        if why := application.why_stopped():
            return JSONResponse({"status": why}, 503)
        if not await application.is_ready():
            return JSONResponse({"status": "database unreachable"}, 503)
        told = {"status": "ready"}
        if not await application.limits.counters_are_shared():
            told["limits"] = "counted by each process"
        if missing := await application.without_worker():
            told["workers"] = missing
        return JSONResponse(told)

    return ready
