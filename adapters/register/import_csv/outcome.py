"""What an import returns, and how it fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.numbering import PhoneKind
from adapters.register.import_csv.findings import Hygiene, Rejection
from core.errors import CannotProceed


@dataclass(frozen=True)
class ImportReport:
    """Counts of one import. `lines == accepted + rejected` always holds (R35).

    `lines` leaves out the header and `blank_lines`. The four counts against the previous register
    are voters by NUMIC; with no previous register every voter is added. When the newest key is not
    the one of the previous register, identifiers cannot be compared: a voter of whom only the
    identifier changed counts as unchanged.
    """

    lines: int
    accepted: int
    rejected: int
    blank_lines: int
    added: int
    updated: int
    unchanged: int
    removed: int
    rejections: Mapping[Rejection, int]
    hygiene: Mapping[Hygiene, int]
    phones: Mapping[PhoneKind, int]
    replaced: bool
    """Whether the imported voters are the register now."""
    hashed_anew: bool = False
    """Whether the newest key is another than the previous register's (R14)."""
    proposed: int = 0
    """Telephone numbers that are not what they should be, and may be mended (`repairs`)."""
    confirmed: int = 0
    """Repairs that the consulate has confirmed, applied or not."""
    without_constituency: int = 0
    """Accepted voters whom no round with constituencies is for (R49)."""
    without_post: int = 0
    """Accepted voters whom no round with posts is for."""
    rounds_unknown: tuple[str, ...] = ()
    """What names no round of the calendar in `identifier_renewed_in`, in order (R8)."""

    def __post_init__(self) -> None:
        if self.lines != self.accepted + self.rejected:
            raise AssertionError("import: lines in do not equal lines accepted and rejected")
        if self.accepted != self.added + self.updated + self.unchanged:
            raise AssertionError("import: voters accepted do not equal voters counted")
        if self.rejected != sum(self.rejections.values()):
            raise AssertionError("import: lines rejected do not equal lines named")

    @property
    def repaired(self) -> int:
        """Confirmed repairs that were applied."""
        return self.hygiene.get(Hygiene.PHONE_REPAIRED, 0)

    @property
    def unusable_phones(self) -> int:
        """Voters with a telephone number on record to which no SMS is sent."""
        return sum(count for kind, count in self.phones.items() if not kind.takes_sms)


class ImportFailed(CannotProceed):
    """Nothing was replaced: the previous register, if any, is intact.

    The text says why in a sentence, without a word of the file's content.
    """


class ImportRefused(ImportFailed):
    """The file was read to its end and is too bad to become the register; `report` has counts."""

    def __init__(self, reason: str, report: ImportReport) -> None:
        super().__init__(reason)
        self.report = report
