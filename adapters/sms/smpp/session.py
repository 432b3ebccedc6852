"""Session: one connection to the SMSC. Requests go out, their answers are found again by number."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from itertools import count

import structlog

from . import status
from .pdu import LAST_SEQUENCE, RESPONSE, Command, Garbled, Pdu, read_pdu
from .settings import SmppSettings

_RECEIPTS_AT_ONCE = 200
"""Further ones are asked to come later: they wait better at the SMSC's than here."""
_NUL = b"\0"
"""The empty `message_id` of a `deliver_sm_resp` (4.6.2) and of a `data_sm_resp` (4.7.2)."""

Deliver = Callable[[Pdu], Awaitable[int]]
"""Takes a `deliver_sm` or `data_sm`; returns the status to answer with."""

_log = structlog.stdlib.get_logger("reassort.smpp")


class ConnectionEnded(Exception):
    """The connection ended before the answer came: the SMSC may have taken the request or not."""


class Session:
    """From the connection to its end: `run` reads, and must be running for `request` to return."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        settings: SmppSettings,
        deliver: Deliver,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._settings = settings
        self._deliver = deliver
        self._numbers = count()
        self._awaited: dict[int, tuple[int, asyncio.Future[Pdu | None]]] = {}
        self._receiving: set[asyncio.Task[None]] = set()
        self._heard = asyncio.get_running_loop().time()
        self._ended = False

    async def run(self) -> str:
        """Reads until the connection ends; returns why it did."""
        keeper = asyncio.create_task(self._keep_alive())
        try:
            return await self._read()
        finally:
            keeper.cancel()
            self._end()

    async def request(self, command: Command, body: bytes = b"") -> Pdu:
        """The SMSC's answer, whatever its status. Raises `ConnectionEnded` and `TimeoutError`."""
        if self._ended:
            raise ConnectionEnded
        sequence = self._free_number()
        answered = asyncio.get_running_loop().create_future()
        self._awaited[sequence] = (command, answered)
        try:
            async with asyncio.timeout(self._settings.response_timeout):
                await self._write(Pdu(command, sequence, body=body))
                answer = await answered
        except TimeoutError:
            raise
        except OSError:
            answer = None
        finally:
            del self._awaited[sequence]
        if answer is None:
            raise ConnectionEnded
        return answer

    async def unbind(self) -> None:
        """Takes leave once the receipts in hand are answered, and closes. Raises nothing."""
        if self._receiving:
            await asyncio.wait(self._receiving, timeout=self._settings.response_timeout)
        with suppress(ConnectionEnded, TimeoutError):
            await self.request(Command.UNBIND)
        self.close()

    def close(self) -> None:
        """At once; `run` returns soon after."""
        self._writer.transport.abort()

    async def _read(self) -> str:
        try:
            while True:
                pdu = await read_pdu(self._reader)
                self._heard = asyncio.get_running_loop().time()
                if pdu.is_response:
                    self._answered(pdu)
                elif not await self._asked(pdu):
                    return "unbound by the SMSC"
        except Garbled:
            return "garbled"
        except (OSError, EOFError):
            return "connection lost"

    def _answered(self, pdu: Pdu) -> None:
        """An answer to nothing, or that came too late, is dropped."""
        command, answered = self._awaited.get(pdu.sequence, (None, None))
        if command is None or answered is None or answered.done():
            return
        if pdu.command in (command | RESPONSE, Command.GENERIC_NACK):
            answered.set_result(pdu)

    async def _asked(self, pdu: Pdu) -> bool:
        """Whether to go on reading."""
        if pdu.command in (Command.DELIVER_SM, Command.DATA_SM):
            await self._receive(pdu)
        elif pdu.command in (Command.ENQUIRE_LINK, Command.UNBIND):
            await self._write(pdu.response())
        else:
            await self._write(Pdu(Command.GENERIC_NACK, pdu.sequence, status.INVALID_COMMAND))
        return pdu.command != Command.UNBIND

    async def _receive(self, pdu: Pdu) -> None:
        """Beside the reading: storing a receipt must not hold up the answers behind it."""
        if len(self._receiving) >= _RECEIPTS_AT_ONCE:
            await self._write(pdu.response(status.QUEUE_FULL, _NUL))
            return
        task = asyncio.create_task(self._take(pdu))
        self._receiving.add(task)
        task.add_done_callback(self._receiving.discard)

    async def _take(self, pdu: Pdu) -> None:
        answer = await self._deliver(pdu)
        with suppress(OSError):
            await self._write(pdu.response(answer, _NUL))

    async def _write(self, pdu: Pdu) -> None:
        self._writer.write(pdu.encode())
        await self._writer.drain()

    async def _keep_alive(self) -> None:
        """Asks a silent SMSC whether it is there; closes when that too meets silence."""
        loop = asyncio.get_running_loop()
        while True:
            silent = loop.time() - self._heard
            if silent < self._settings.enquire_every:
                await asyncio.sleep(self._settings.enquire_every - silent)
                continue
            try:
                await self.request(Command.ENQUIRE_LINK)
            except (ConnectionEnded, TimeoutError):
                _log.info("smpp_silent", route=self._settings.route)
                self.close()
                return

    def _free_number(self) -> int:
        """1 to 0x7FFFFFFF, then 1 again (5.1.4)."""
        return next(
            number
            for each in self._numbers
            if (number := each % LAST_SEQUENCE + 1) not in self._awaited
        )

    def _end(self) -> None:
        self._ended = True
        for _, answered in self._awaited.values():
            if not answered.done():
                answered.set_result(None)
        self.close()
