"""One connection to PostgreSQL for code that is not asynchronous, as the import is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

import asyncpg

from adapters.connections.postgres import POSTGRES_ERRORS, connect_for_long, error_name
from adapters.register.import_csv.outcome import ImportFailed

_WATCH_SECONDS = 1.0

Result = TypeVar("Result")


class ImportSession:
    """Its event loop runs in a thread of its own. Calls raise `ImportFailed`; `end` it."""

    def __init__(self, dsn: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="import", daemon=True)
        self._thread.start()
        self._sent: Future[Any] | None = None
        try:
            connecting = asyncio.run_coroutine_threadsafe(connect_for_long(dsn), self._loop)
            self.connection: asyncpg.Connection = self._awaited(connecting)
        except BaseException:
            self._stop()
            raise

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """After what was sent before."""
        try:
            self._finish_sent()
        except BaseException:
            work.close()
            raise
        return self._awaited(asyncio.run_coroutine_threadsafe(self._watched(work), self._loop))

    def send(self, work: Coroutine[Any, Any, object]) -> None:
        """Starts it once what was sent before has ended; its failure is the next call's."""
        try:
            self._finish_sent()
        except BaseException:
            work.close()
            raise
        self._sent = asyncio.run_coroutine_threadsafe(self._watched(work), self._loop)

    def execute(self, statement: str, *values: object) -> None:
        self.run(self.connection.execute(statement, *values))

    def row(self, query: str) -> Any:
        return self.run(self.connection.fetchrow(query))

    def rows(self, query: str) -> list[Any]:
        return self.run(self.connection.fetch(query))

    def end(self, last: str) -> None:
        """Runs `last` when that is still possible, and hangs up."""
        with suppress(ImportFailed):
            self._finish_sent()
        with suppress(ImportFailed):
            self.execute(last)
        with suppress(ImportFailed):
            self.run(self.connection.close(timeout=5))
        self._stop()

    async def _watched(self, work: Coroutine[Any, Any, Result]) -> Result:
        """asyncpg waits for ever when the server goes away in the middle of a COPY."""
        task = asyncio.ensure_future(work)
        try:
            while not (await asyncio.wait({task}, timeout=_WATCH_SECONDS))[0]:
                if self.connection.is_closed():
                    raise ConnectionResetError
        finally:
            task.cancel()
        return task.result()

    def _finish_sent(self) -> None:
        sent, self._sent = self._sent, None
        if sent is not None:
            self._awaited(sent)

    def _awaited(self, running: Future[Result]) -> Result:
        try:
            return running.result()
        except POSTGRES_ERRORS as error:
            reason = f"PostgreSQL cannot be reached or refuses: {error_name(error)}"
            raise ImportFailed(reason) from None
        except BaseException:  # interrupted by the operator: the statement ends, too
            running.cancel()
            raise

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
