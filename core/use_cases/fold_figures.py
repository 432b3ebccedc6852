"""Worker, every few seconds: what changes left for the figures is summed up (R48)."""

from __future__ import annotations

from dataclasses import dataclass

from core.ports.unit_of_work import Begin, FoldingUnit

AT_ONCE = 2000
"""Differences in one commit."""


@dataclass(frozen=True)
class FoldFigures:
    """Figures are the same with it and without: it keeps them quick. Several workers may run it."""

    begin: Begin[FoldingUnit]

    async def __call__(self) -> int:
        """How many differences were folded. Raises `StoreUnavailable`."""
        folded = 0
        while True:
            async with self.begin() as unit:
                some = await unit.figure_folding.fold(AT_ONCE)
            folded += some
            if some < AT_ONCE:
                return folded
