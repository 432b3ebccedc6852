"""Worker, every few seconds: how far requests have come is counted anew where it changed (R32)."""

from __future__ import annotations

from dataclasses import dataclass

from core.ports.clock import Clock
from core.ports.unit_of_work import Begin, FoldingUnit

AT_ONCE = 200
"""Changes in one commit: some 30 ms, in which nothing else runs on SQLite."""
MOST = 100
"""Commits in a row: a worker has other chores, however much a migration left."""


@dataclass(frozen=True)
class FoldStatistics:
    """Answers are the same with it and without: it keeps them quick. Several workers may run it."""

    begin: Begin[FoldingUnit]
    clock: Clock

    async def __call__(self) -> int:
        """How many changes were folded. Raises `StoreUnavailable`."""
        folded = 0
        for _ in range(MOST):
            async with self.begin() as unit:
                some = await unit.statistics_folding.fold(AT_ONCE, self.clock.now())
            folded += some
            if some < AT_ONCE:
                break
        return folded
