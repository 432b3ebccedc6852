"""A Starlette host that mounts the gateway: GraphQL is at `/renewal/graphql`.

Run it: `uvicorn --factory tests.plugging.hosts.starlette_host:app`, with reassort's settings in the
environment.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from graphql_api.compose import Application, compose
from graphql_api.plugin import mount
from graphql_api.settings import read_settings


async def home(_: Request) -> PlainTextResponse:
    return PlainTextResponse("the host")


def build(application: Application) -> Starlette:
    mounted = mount(application, "/renewal")
    return Starlette(
        routes=[Route("/", home), mounted.route],
        lifespan=lambda _: mounted.running(),
    )


def app() -> Starlette:
    return build(compose(read_settings()))
