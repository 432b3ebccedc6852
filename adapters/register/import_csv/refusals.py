"""When a file is too bad to become the register, and what a clerk can do about it."""

from __future__ import annotations

from pathlib import Path

from adapters.register.import_csv.findings import Rejection
from adapters.register.import_csv.outcome import ImportRefused, ImportReport

_ADVICE = {
    Rejection.BAD_ENCODING: "{who} {are} not UTF-8: save the file as « CSV UTF-8 », or say "
    "how it was saved, on Windows mostly with --encoding cp1252",
    Rejection.NUMBER_AS_FLOAT: "{who} {have} a decimal point in the NUMIC or the "
    "identifier: format these columns as text, and export again from the source",
    Rejection.WRONG_COLUMN_COUNT: "{who} {have} more or fewer columns than the header: is a "
    "separator within a cell that has no quotes, or the header cut short?",
    Rejection.MALFORMED_QUOTING: "{who} {have} a quotation mark that is not closed",
    Rejection.NUMIC_MISSING: "{who} {have} no NUMIC: is that column shifted?",
    Rejection.NUMIC_INVALID: "{who} {have} no NUMIC of 8 digits in its column: are columns "
    "shifted?",
    Rejection.NUMIC_DUPLICATE: "{who} {have} a NUMIC that came before: is the file doubled?",
    Rejection.IDENTIFIER_MISSING: "{who} {have} no identifier",
    Rejection.IDENTIFIER_INVALID: "{who} {have} an identifier of another length: did a "
    "spreadsheet take its zeros away?",
}


def refuse_if_bad(
    outcome: ImportReport, max_rejected: float, max_removed: float, report: Path
) -> None:
    """Raises `ImportRefused`, which names `report`; the shares are those of `import_register`."""
    if reason := _reason(outcome, max_rejected, max_removed, report):
        end = "" if reason.endswith("?") else "."
        text = f"{reason}{end} The register before stays; --force takes the file all the same"
        raise ImportRefused(text, outcome)


def _reason(outcome: ImportReport, max_rejected: float, max_removed: float, report: Path) -> str:
    """Empty where nothing is wrong."""
    if outcome.accepted == 0:
        return f"the file holds no voter{_advice(outcome)}"
    if outcome.rejected > max_rejected * outcome.lines:
        share = f"{outcome.rejected} of {outcome.lines} lines were rejected"
        return f"{share}, more than {100 * max_rejected:g} %: see {report}{_advice(outcome)}"
    before = outcome.updated + outcome.unchanged + outcome.removed
    if outcome.removed > max_removed * before:
        share = f"{outcome.removed} of {before} voters of the register are not in the file"
        return f"{share}, more than {100 * max_removed:g} %: is it cut short?"
    return ""


def _advice(outcome: ImportReport) -> str:
    """On what most of the rejected lines have in common."""
    if not outcome.rejections:
        return ""
    code, count = max(outcome.rejections.items(), key=lambda each: each[1])
    advice = _ADVICE.get(code)
    if not advice or 2 * count <= outcome.rejected:
        return ""
    if outcome.rejected == 1:
        return "; " + advice.format(who="it", are="is", have="has")
    who = "all of them" if count == outcome.rejected else "most of them"
    return "; " + advice.format(who=who, are="are", have="have")
