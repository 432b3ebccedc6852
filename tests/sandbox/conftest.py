"""A sandbox in this process, and a partner who calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import structlog

from graphql_api.sandbox.app import build_sandbox
from graphql_api.scenarios.settings import SandboxOptions
from tests.sandbox.partner import AT, BASE, Partner, client_of
from tests.worked_out_once import _worked_out_once

__all__ = ["_worked_out_once"]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Defects that are brought about on purpose are not printed."""
    with structlog.testing.capture_logs():
        yield


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A sandbox whose clock stands still, without limits."""
    app = build_sandbox(SandboxOptions(BASE, at=AT, limited=False))
    async with client_of(app) as client, app.router.lifespan_context(app):
        yield client


@pytest.fixture
async def partner(http: httpx.AsyncClient) -> Partner:
    return Partner(http)
