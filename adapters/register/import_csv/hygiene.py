"""The import's account of single lines: counted, and written to the report file as they come.

The report is a CSV of `line,column,code,outcome`, where outcome is `rejected` or `kept`. It holds
no personal data: with the source file beside it, the line number says all. Remarks that need the
whole file (shared phones and mailboxes) come last.

What is proposed for telephone numbers goes to a file of its own (see `repairs`), which does hold
personal data.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from typing import TextIO

from adapters.register.import_csv.findings import Hygiene, LineFinding, Rejection
from adapters.register.import_csv.parsing import Parsed
from adapters.register.import_csv.repairs import HEADER as PROPOSALS_HEADER
from adapters.register.import_csv.repeats import Seen, Shared

_MOST_ROUNDS = 1000
"""More names of rounds than an election has: the column holds something else."""
REPORT_HEADER = ("line", "column", "code", "outcome")


class Account:
    """Judges duplicates, counts, and names lines. Of two lines with one number, the first stays."""

    def __init__(self, report: TextIO, proposals: TextIO | None = None) -> None:
        self._report = csv.writer(report, lineterminator="\n")
        self._report.writerow(REPORT_HEADER)
        self._proposals = None
        if proposals is not None:
            self._proposals = csv.writer(proposals, delimiter=";", lineterminator="\n")
            self._proposals.writerow(PROPOSALS_HEADER)
        self._numics, self._numels = Seen(), Seen()
        self._phones, self._mailboxes = Shared(), Shared()
        self.rejections: Counter[Rejection] = Counter()
        self.hygiene: Counter[Hygiene] = Counter()
        self.accepted = self.blank_lines = self.proposed = 0
        self.without_constituency = self.without_post = 0
        self.renewed_in: Counter[str] = Counter()

    @property
    def rejected(self) -> int:
        return self.rejections.total()

    def take(self, parsed: Parsed) -> None:
        """Settles a chunk: what stays in `parsed.rows` is accepted."""
        duplicates = self._duplicates(parsed)
        if duplicates:
            _drop(parsed, duplicates)
        self._note_sharing(parsed)
        self._name(parsed.findings)
        self.proposed += len(parsed.proposals)
        if self._proposals is not None:
            self._proposals.writerows(each.cells() for each in parsed.proposals)
        self.accepted += len(parsed.rows)
        self.without_constituency += sum(row[8] is None for row in parsed.rows)
        self.without_post += sum(row[9] is None for row in parsed.rows)
        self._note_rounds(row[7] for row in parsed.rows)
        self.blank_lines += parsed.blank_lines

    def conclude(self) -> None:
        """Names what could not be known before the last line."""
        for line in self._phones.lines():
            self._name((LineFinding(line, "phone", Hygiene.PHONE_SHARED),))
        for line in self._mailboxes.lines():
            self._name((LineFinding(line, "email", Hygiene.EMAIL_SHARED),))

    def _duplicates(self, parsed: Parsed) -> dict[int, LineFinding]:
        new_numic, new_numel = self._numics.add, self._numels.add
        duplicates: dict[int, LineFinding] = {}
        for row in parsed.rows:
            line, numic, numel = row[:3]
            if not new_numic(numic):
                duplicates[line] = LineFinding(line, "numic", Rejection.NUMIC_DUPLICATE)
            elif numel is not None and not new_numel(numel):
                duplicates[line] = LineFinding(line, "numel", Rejection.NUMEL_DUPLICATE)
        return duplicates

    def _note_rounds(self, texts: Iterable[str | None]) -> None:
        for text in filter(None, texts):
            if text in self.renewed_in or len(self.renewed_in) < _MOST_ROUNDS:
                self.renewed_in[text] += 1

    def _note_sharing(self, parsed: Parsed) -> None:
        for row, mailbox in zip(parsed.rows, parsed.mailboxes, strict=True):
            if mailbox is not None:
                self._mailboxes.add(mailbox, row[0])
            if row[4] is not None:
                self._phones.add(row[4], row[0])

    def _name(self, findings: Iterable[LineFinding]) -> None:
        for line, column, code in findings:
            if isinstance(code, Rejection):
                self.rejections[code] += 1
                self._report.writerow((line, column, code.value, "rejected"))
            else:
                self.hygiene[code] += 1
                self._report.writerow((line, column, code.value, "kept"))


def _drop(parsed: Parsed, duplicates: dict[int, LineFinding]) -> None:
    """Takes duplicate lines out, with what was remarked on them: a rejected line has one remark."""
    kept = [
        (row, mailbox)
        for row, mailbox in zip(parsed.rows, parsed.mailboxes, strict=True)
        if row[0] not in duplicates
    ]
    parsed.rows = [row for row, _ in kept]
    parsed.mailboxes = [mailbox for _, mailbox in kept]
    parsed.proposals = [each for each in parsed.proposals if each.line not in duplicates]
    others = [each for each in parsed.findings if each.line not in duplicates]
    parsed.findings = sorted([*others, *duplicates.values()], key=lambda each: each.line)
