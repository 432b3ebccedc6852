"""What an import of receipts of the first sending gives, and when a file is too bad (R35, R59)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.errors import CannotProceed
from core.first_sending import Refusal

MOST_REFUSED = 0.05
"""Share of a report's lines; a worse one is taken only when told to."""


@dataclass(frozen=True)
class SendingImport:
    """Counts of one import: every line is accepted, or refused for a reason."""

    lines: int = 0
    added: int = 0
    """Voters of whom nothing was known."""
    updated: int = 0
    """Receipts that are later than the one known, or heavier at the same time."""
    unchanged: int = 0
    """Receipts that say nothing new."""
    refused: Mapping[Refusal, int] = field(default_factory=dict[Refusal, int])

    def __post_init__(self) -> None:
        if self.lines != self.accepted + sum(self.refused.values()):
            raise AssertionError("import: lines in do not equal lines accepted and refused")

    @property
    def accepted(self) -> int:
        return self.added + self.updated + self.unchanged


class ReportRefused(CannotProceed):
    """Nothing of it was taken."""

    def __init__(self, text: str, found: SendingImport | None = None) -> None:
        super().__init__(text)
        self.found = found


def refuse_if_bad(found: SendingImport, force: bool) -> None:
    """Raises `ReportRefused`."""
    refused = sum(found.refused.values())
    if not found.accepted:
        raise ReportRefused("the file holds no receipt of a voter of this round", found)
    if refused > MOST_REFUSED * found.lines and not force:
        text = f"{refused} of {found.lines} lines are no receipts: see the report, or use --force"
        raise ReportRefused(text, found)
