"""When a file is too bad to become the register, and what a clerk can do about it."""

from __future__ import annotations

from adapters.register.import_csv.findings import Rejection
from adapters.register.import_csv.outcome import ImportRefused, ImportReport

_ADVICE = {
    Rejection.BAD_ENCODING: "most of them are not UTF-8: save the file as « CSV UTF-8 », or say "
    "how it was saved, on Windows mostly with --encoding cp1252",
    Rejection.NUMBER_AS_FLOAT: "most of them have a decimal point in the NUMIC or the "
    "identifier: format these columns as text, and export again from the source",
    Rejection.WRONG_COLUMN_COUNT: "most of them have more or fewer columns than the header: is a "
    "separator within a cell that has no quotes, or the header cut short?",
    Rejection.MALFORMED_QUOTING: "most of them have a quotation mark that is not closed",
    Rejection.NUMIC_MISSING: "most of them have no NUMIC: is that column shifted?",
    Rejection.NUMIC_INVALID: "most of them have no NUMIC of 8 digits in its column: are columns "
    "shifted?",
    Rejection.NUMIC_DUPLICATE: "most of them have a NUMIC that came before: is the file doubled?",
    Rejection.IDENTIFIER_MISSING: "most of them have no identifier",
    Rejection.IDENTIFIER_INVALID: "most of them have an identifier of another length: did a "
    "spreadsheet take its zeros away?",
}


def refuse_if_bad(outcome: ImportReport, max_rejected: float, max_removed: float) -> None:
    """Raises `ImportRefused`; the shares are those of `import_register`."""
    if outcome.accepted == 0:
        raise ImportRefused(f"the file holds no voter{_advice(outcome)}", outcome)
    if outcome.rejected > max_rejected * outcome.lines:
        share = f"{outcome.rejected} of {outcome.lines} lines were rejected"
        raise ImportRefused(f"{share}: see the report{_advice(outcome)}", outcome)
    before = outcome.updated + outcome.unchanged + outcome.removed
    if outcome.removed > max_removed * before:
        share = f"{outcome.removed} of {before} voters of the register are not in the file"
        raise ImportRefused(f"{share}: is it cut short? Otherwise use --force", outcome)


def _advice(outcome: ImportReport) -> str:
    """On what most of the rejected lines have in common."""
    if not outcome.rejections:
        return ""
    code, count = max(outcome.rejections.items(), key=lambda each: each[1])
    advice = _ADVICE.get(code)
    return f"; {advice}" if advice and 2 * count > outcome.rejected else ""
