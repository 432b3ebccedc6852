"""What `reassort doctor` says of the last import: its counts, once more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from core.errors import DependencyFailure
from core.ports.register import TellsLastImport
from graphql_api.running.fitness import Finding, Grade

_MENDABLE = (
    "NUMBER_AS_FLOAT",
    "PHONE_WITHOUT_COUNTRY_CODE",
    "PHONE_RENUMBERED",
    "PHONE_MALFORMED",
    "COUNTRY_UNKNOWN",
)
"""Findings on which the source file should be mended before a vote."""


async def last_import(register: object) -> list[Finding]:
    """One finding, or none for a register that is not imported, or was by an older version."""
    if not isinstance(register, TellsLastImport):
        return []
    try:
        kept = await register.last_import()
    except DependencyFailure:
        return []  # said already, of the register itself
    return [_finding(json.loads(kept))] if kept else []


def _finding(counts: Mapping[str, Any]) -> Finding:
    findings: Mapping[str, int] = counts["findings"]
    if not counts["accepted"]:
        return Finding("last import", Grade.BAD, "the register is empty: nobody can renew")
    when = f"{counts['at']}: " if counts["at"] else ""
    text = f"{when}{counts['accepted']:,} voters, {counts['rejected']:,} lines rejected"
    if unusable := counts["unusable_phones"]:
        text += f"; {unusable:,} voters with a telephone that takes no SMS"
    if findings:
        text += "; " + ", ".join(f"{code} {count:,}" for code, count in sorted(findings.items()))
    mendable = counts["rejected"] or any(code in findings for code in _MENDABLE)
    if mendable:
        text += ". See docs/how-to/import-the-register.md"
    return Finding("last import", Grade.WARNING if mendable else Grade.GOOD, text)
