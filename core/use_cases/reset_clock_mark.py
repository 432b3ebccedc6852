"""For operators: a lone process with a clock ahead was believed; it is right again (F-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock_check import Uptime, against_server
from core.errors import CannotProceed, ClockOff
from core.events import ClockMarkReset
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, ClockUnit
from core.trace import check_words


@dataclass(frozen=True)
class ResetClockMark:
    """Without a server, the last moment seen keeps every process out that is behind it."""

    begin: Begin[ClockUnit]
    clock: Clock
    uptime: Callable[[], Uptime]
    events: Events

    async def __call__(self, by: str) -> tuple[datetime | None, datetime]:
        """The last moment seen, and what it is now: this machine's time. Raises `ValueError` for no
        name, `CannotProceed` while a process lives, `ClockOff` where a server says otherwise, and
        `StoreUnavailable`."""
        check_words(by=by)
        uptime = self.uptime()
        async with self.begin() as unit:
            before = self.clock.now()
            server = await unit.clocks.server_time()
            now = self.clock.now()
            if server is not None and (off := against_server(before, server, now)):
                raise ClockOff(off)
            if any(each.time_at(uptime) for each in await unit.clocks.beats()):
                raise CannotProceed("a process works on this database: stop every one first")
            was = await unit.clocks.mark()
            await unit.clocks.reset_mark(now)
        ahead = (was - now) if was is not None else timedelta(0)
        self.events.record(ClockMarkReset(by, int(ahead.total_seconds())))
        return was, now
