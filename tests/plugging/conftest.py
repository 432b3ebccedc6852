"""The gateway plugged in: the same sample voters and front end as in `tests/graphql_api`."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from types import ModuleType

import httpx
import pytest

from graphql_api.compose import choose_ports, compose
from tests.graphql_api.conftest import (
    Portal,
    _clean_environment,
    _hashes_cost_little,
    camille,
    logged,
    make_settings,
    open_portal,
    sample_register,
)
from tests.plugging.serving import serving
from tests.servers.sqlite import new_database
from tests.worked_out_once import _worked_out_once

__all__ = [
    "_clean_environment",
    "_hashes_cost_little",
    "_worked_out_once",
    "camille",
    "logged",
    "make_settings",
    "open_portal",
    "sample_register",
]

OpenHost = Callable[..., Awaitable[Portal]]


@pytest.fixture
async def open_host(make_settings, sample_register, clock, randomness) -> AsyncIterator[OpenHost]:
    """Serves an example host over settings; gives a front end that calls it. The host starts and
    stops what it has plugged in."""
    async with AsyncExitStack() as stack:

        async def make(host: ModuleType, below: str = "", **given: object) -> Portal:
            settings = make_settings(**given)
            settings.data_dir.mkdir(exist_ok=True)
            new_database(settings.database)
            shutil.copy(sample_register(settings), settings.register_file)
            application = compose(
                settings, choose_ports(settings, clock=clock, randomness=randomness)
            )
            address = await stack.enter_async_context(serving(host.build(application), "on"))
            http = httpx.AsyncClient(base_url=address + below, timeout=30)
            await stack.enter_async_context(http)
            return Portal(application, http, clock)

        yield make
