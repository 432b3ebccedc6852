"""Running an ASGI app or a worker until told to stop, and then stopping without losing anything."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.loops.auto import auto_loop_factory

from core.errors import CannotProceed
from graphql_api.compose import Application
from graphql_api.over_http.notice import Notice
from graphql_api.over_http.upgrades import RefusedUpgrade
from graphql_api.over_http.way_in import WayIn
from graphql_api.settings import Settings

from .bounds import KEEP_ALIVE_SECONDS, Bounds
from .turning_away import turning_away
from .uvicorn_inside import bounded

_log = structlog.stdlib.get_logger("reassort.gateway")
LINGER = 1.0
"""Seconds for which connections that are kept alive may still ask when told to stop; the answer
says that it is the last, so that nobody's next request meets a connection that was just closed."""


class CannotListen(CannotProceed):
    """The address or port is taken or not ours to take; the text says what to do."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 lets the system choose. Raises `CannotListen`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(2048)
    except (OSError, OverflowError) as failure:
        listening.close()
        reason = getattr(failure, "strerror", None) or "there is no such port"
        raise CannotListen(
            f"cannot listen on {host}:{port} ({reason}): choose another with --port; 0 lets the "
            "system choose"
        ) from None
    return listening


def address_of(listening: socket.socket) -> str:
    """`http://host:port` of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    app: ASGIApp,
    listening: socket.socket,
    settings: Settings,
    ready: Callable[[], None],
) -> None:
    """Serve until SIGINT or SIGTERM; then refuse new requests, finish those in flight (for
    `stop_grace` seconds at most), and stop the app."""
    bounds = Bounds(
        settings.connections,
        settings.longest_head,
        settings.head_patience,
        dropped=Notice(_log, "connections_full").count,
    )
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the app does that, under any server alike
        lifespan="on",
        ws=RefusedUpgrade,
        timeout_graceful_shutdown=int(settings.stop_grace),
        http=turning_away(app, bounds) if isinstance(app, WayIn) else bounded(bounds),
        timeout_keep_alive=int(KEEP_ALIVE_SECONDS),
    )
    server = _Server(config, ready)
    _spare_the_collector()
    server.run(sockets=[listening])
    if not server.started:
        raise SystemExit(1)


def _spare_the_collector() -> None:
    """What was loaded at start lives on: the garbage collector need not walk through it again and
    again, nor look up after every 700 new objects. Saves a tenth of what a request costs."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """As uvicorn does, except that a signal that was obeyed is not raised once more at the end:
        that would cut off what comes after, and the process would not end with 0."""
        if self.should_exit and sig == signal.SIGINT:
            self.force_exit = True
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """A terminal that is closed ends the server like any other way of stopping it, unless
        `nohup` has said otherwise."""
        before = signal.getsignal(signal.SIGHUP)
        with super().capture_signals():
            if before is signal.SIG_DFL:
                signal.signal(signal.SIGHUP, self.handle_exit)
            yield
        if before is signal.SIG_DFL:
            signal.signal(signal.SIGHUP, before)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        state = self.server_state
        state.default_headers = [*state.default_headers, (b"connection", b"close")]
        ends = time.monotonic() + LINGER
        while state.connections and not self.force_exit and time.monotonic() < ends:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # uvicorn tells nobody when a connection ends
        await super().shutdown(sockets)


def run(working: Coroutine[object, object, None]) -> None:
    """What `work` gives, to its end, in an event loop as `serve` has it."""
    _spare_the_collector()
    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(working)


async def work(application: Application, ready: Callable[[], None]) -> None:
    """Run the worker until SIGINT or SIGTERM; then finish what it began and hand the rest back.
    Raises `MustStop` when the clock is found wrong meanwhile, or the database a backup."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await application.start()
    application.keep_to_beats()
    try:
        async with application.working() as worker:
            ready()
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait((stopping, worker), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
        await worker
    finally:
        await application.stop()
