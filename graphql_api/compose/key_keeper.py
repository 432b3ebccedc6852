"""What destroys the keys of past days, in every process that has some."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta

import structlog

from core.background import Background
from core.errors import DependencyFailure
from core.ports.daily_keys import DailyKeys
from core.use_cases.destroy_password_keys import DestroyPasswordKeys
from core.use_cases.watch_clock import WatchClock
from graphql_api.settings import Settings

from .ports import Ports

_log = structlog.stdlib.get_logger("reassort.keys")
EVERY = timedelta(minutes=5)
"""How often each process looks. It asks the database once a day, or while a seed holds a key."""


class KeyKeeper:
    """Looks at intervals from `begin` to `aclose`. What fails is tried again the next time."""

    def __init__(self, destroy: Callable[[], Awaitable[date | None]] | None) -> None:
        self._destroy = destroy
        self._looking = Background(self._look_again)

    def begin(self) -> None:
        if self._destroy is not None:
            self._looking.begin()

    async def aclose(self) -> None:
        await self._looking.aclose()

    async def look(self) -> None:
        """Destroy what is not needed any more, and say so in the log; or why not."""
        if self._destroy is None:
            return
        try:
            oldest = await self._destroy()
        except DependencyFailure as failure:
            _log.warning("password_keys_kept", reason=str(failure))
        except Exception as failure:
            _log.error("password_keys_kept", exc_info=failure)
        else:
            if oldest is not None:
                _log.info("password_keys_destroyed", before=oldest.isoformat())

    async def _look_again(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(EVERY.total_seconds())


def build_key_keeper(
    settings: Settings, ports: Ports, watch_clock: WatchClock | None = None
) -> KeyKeeper:
    """`watch_clock`: where clocks are real. Then no key goes before it is sure."""
    keys = ports.password_keys
    if not isinstance(keys, DailyKeys):
        return KeyKeeper(None)
    policy, read = settings.renewal_policy, ports.store.read
    destroy = DestroyPasswordKeys(read, keys, policy, ports.clock)
    if watch_clock is None:
        return KeyKeeper(destroy)

    async def by_a_sure_clock() -> date | None:
        return await destroy() if watch_clock.is_sure else None

    return KeyKeeper(by_a_sure_clock)
