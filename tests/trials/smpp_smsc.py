"""The SMSC of the trials: tests/servers/smsc.js in a process that is killed and started again."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

SERVERS = Path(__file__).parents[1] / "servers"
SYSTEM_ID, PASSWORD = "reassort", "secret"


class NodeSmsc:
    """Keeps its port and its journal over restarts."""

    def __init__(self, journal: Path) -> None:
        self.port = 0
        self.restarts = -1
        self._journal = journal
        journal.touch()

    async def start(self) -> None:
        if not (SERVERS / "node_modules").is_dir():
            raise SystemExit("first: npm ci --prefix tests/servers")
        self._process = await asyncio.create_subprocess_exec(
            *("node", str(SERVERS / "smsc.js"), str(self.port), str(self._journal)),
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        self.port = int(await self._process.stdout.readline())
        self.restarts += 1

    async def kill(self) -> None:
        """kill -9."""
        self._process.kill()
        await self._process.wait()

    async def restart(self, pause: float = 2) -> None:
        await self.kill()
        await asyncio.sleep(pause)
        await self.start()

    def throttle(self) -> None:
        """For three seconds."""
        self._process.send_signal(signal.SIGUSR2)

    def journal(self, what: str) -> list[list[str]]:
        """Its lines of a kind ("accepted", "reported", "throttled"), each in words."""
        lines = self._journal.read_text().splitlines()
        return [words for line in lines if (words := line.split(" ", 3))[0] == what]


async def disturb(smsc: NodeSmsc, taken: Callable[[], int], count: int) -> None:
    """Kills the SMSC after a third and after two thirds of `count`; throttles at one half."""
    steps = [(1 / 3, "kill"), (1 / 2, "throttle"), (2 / 3, "kill")]
    for share, what in steps:
        while taken() < count * share:
            await asyncio.sleep(0.05)
        print(f"  after {taken()} taken over: {what}")
        if what == "kill":
            await smsc.restart()
        else:
            smsc.throttle()
