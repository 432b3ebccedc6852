"""ASGI apps behind sockets on loopback, in the loop of the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from graphql_api.running.serving import address_of, bind


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the test run's."""
        yield


@asynccontextmanager
async def serving(app: Any, lifespan: str = "off") -> AsyncIterator[str]:
    """Serves for as long as the block lasts; yields `http://host:port`."""
    with bind("127.0.0.1", 0) as listening:
        options = {"log_config": None, "ws": "none", "proxy_headers": False}
        config = uvicorn.Config(app, lifespan=lifespan, **options)
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            assert not task.done(), "the server did not start"
            await asyncio.sleep(0.01)
        try:
            yield address_of(listening)
        finally:
            server.should_exit = True
            await task
