"""Link: one session after another, so that receipts come in even when nothing goes out."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from dataclasses import dataclass

import structlog

from core.background import Background
from core.errors import MessageDeferred

from . import status
from .pdu import Command, Pdu, c_octets
from .session import ConnectionEnded, Deliver, Session
from .settings import SmppSettings

_VERSION = 0x34
_log = structlog.stdlib.get_logger("reassort.smpp")


@dataclass(frozen=True)
class LinkState:
    """How the link is doing. The counts are since the start."""

    bound: bool
    outstanding: int
    """`submit_sm` on their way."""
    paused: bool
    """After a throttling."""
    binds: int
    throttlings: int


class Link:
    """Binds as a transceiver, and again whenever the connection ends."""

    def __init__(self, settings: SmppSettings, deliver: Deliver) -> None:
        self._settings = settings
        self._deliver = deliver
        self._tls = settings.ssl_context()
        self._window = asyncio.Semaphore(settings.window)
        self._keeper = Background(self._keep)
        self._session: Session | None = None
        self._tried = asyncio.Event()
        self._closed = False
        self._outstanding = self._binds = self._throttlings = 0
        self._paused_until = self._pause = 0.0

    @property
    def state(self) -> LinkState:
        paused = self._paused_until > asyncio.get_running_loop().time()
        bound = self._session is not None
        return LinkState(bound, self._outstanding, paused, self._binds, self._throttlings)

    async def start(self) -> None:
        """Returns once bound, or once the first attempt failed: others follow. May be called
        again; after `aclose` it does nothing."""
        if self._closed:
            return
        self._keeper.begin()
        await self._tried.wait()

    async def submit(self, body: bytes) -> Pdu:
        """The `submit_sm_resp`. Raises `MessageDeferred` when there is none."""
        self._bound()
        try:
            async with asyncio.timeout(self._settings.response_timeout):
                await self._window.acquire()
        except TimeoutError:
            raise MessageDeferred("smpp: no place in the window") from None
        self._outstanding += 1
        try:
            await self._end_of_pause()
            answer = await self._bound().request(Command.SUBMIT_SM, body)
        except TimeoutError:
            raise MessageDeferred("smpp: timeout") from None
        except ConnectionEnded:
            raise MessageDeferred("smpp: connection lost") from None
        finally:
            self._outstanding -= 1
            self._window.release()
        self._mind(answer)
        return answer

    async def aclose(self) -> None:
        """Waits for the answers that are due, takes leave, closes."""
        self._closed = True
        self._tried.set()
        if (session := self._session) is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.response_timeout):
                    await self._answers()
            await session.unbind()
        await self._keeper.aclose()

    async def _answers(self) -> None:
        """The window is empty once every place of it is ours."""
        for _place in range(self._settings.window):
            await self._window.acquire()

    async def _keep(self) -> None:
        failures = 0
        while True:
            lasted = await self._serve()
            self._tried.set()
            failures = 1 if lasted >= self._settings.longest_wait else failures + 1
            step = self._settings.first_wait * 2 ** min(failures - 1, 30)
            step = min(step, self._settings.longest_wait)
            await asyncio.sleep(step * random.uniform(0.5, 1.0))  # noqa: S311 - spreads binds out

    async def _serve(self) -> float:
        """One connection from beginning to end; for how many seconds it was bound."""
        try:
            session = await self._connect()
        except (OSError, ValueError) as error:
            _log.warning("smpp_unreachable", route=self._settings.route, error=type(error).__name__)
            return 0
        reading = asyncio.create_task(session.run())
        try:
            if not await self._bind(session):
                return 0
            began = asyncio.get_running_loop().time()
            why = await reading
        finally:
            self._session = None
            await _ended(reading)
        _log.warning("smpp_unbound", route=self._settings.route, why=why)
        return asyncio.get_running_loop().time() - began

    async def _connect(self) -> Session:
        settings = self._settings
        async with asyncio.timeout(settings.connect_timeout):
            reader, writer = await asyncio.open_connection(
                settings.host, settings.port, ssl=self._tls
            )
        return Session(reader, writer, settings, self._deliver)

    async def _bind(self, session: Session) -> bool:
        settings = self._settings
        body = b"".join(map(c_octets, (settings.system_id, settings.password)))
        body += c_octets(settings.system_type) + bytes((_VERSION, 0, 0)) + c_octets("")
        try:
            answer = await session.request(Command.BIND_TRANSCEIVER, body)
        except (ConnectionEnded, TimeoutError):
            _log.warning("smpp_unreachable", route=settings.route, error="no answer to the bind")
            return False
        if answer.status != status.OK:
            why = status.told(answer.status)
            _log.error("smpp_bind_refused", route=settings.route, status=why)
            return False
        self._session, self._binds = session, self._binds + 1
        self._tried.set()
        _log.info("smpp_bound", route=settings.route)
        return True

    def _bound(self) -> Session:
        if self._session is None or self._closed:
            raise MessageDeferred("smpp: not bound")
        return self._session

    async def _end_of_pause(self) -> None:
        """Anyone who waits holds a place in the window: a paused link lets nobody through."""
        left = self._paused_until - asyncio.get_running_loop().time()
        if left > self._settings.response_timeout:
            raise MessageDeferred("smpp: paused")
        if left > 0:
            await asyncio.sleep(left)

    def _mind(self, answer: Pdu) -> None:
        """A throttling pauses the whole link, longer each time until something is taken again.
        What was on its way meanwhile and comes back throttled is the same throttling."""
        now = asyncio.get_running_loop().time()
        if answer.status == status.INVALID_BIND_STATUS and self._session is not None:
            self._session.close()
        if now < self._paused_until:
            return
        if answer.status not in status.SLOW_DOWN:
            self._pause = 0.0
            return
        self._pause = min(
            max(self._pause * 2, self._settings.first_wait), self._settings.longest_wait
        )
        self._paused_until = now + self._pause
        self._throttlings += 1
        _log.warning(
            "smpp_throttled",
            route=self._settings.route,
            status=status.told(answer.status),
            seconds=self._pause,
        )


async def _ended(reading: asyncio.Task[str]) -> None:
    reading.cancel()
    await asyncio.wait({reading})
