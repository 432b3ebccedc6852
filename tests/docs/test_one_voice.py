"""One rule, told in one voice: every text that a voter reads tells the rules of passwords alike."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CATALOGUES = (
    "graphql_api/schema/locales",
    "graphql_api/portal/locales",
    "graphql_api/over_http/locales",
)
PAGES = (
    "adapters/email/templates/fr/*",
    "adapters/email/templates/en/*",
    "adapters/sms/templates/*",
    "graphql_api/portal/*.html",
)

WHICH_COUNTS = re.compile(
    r"(seul le dernier|le dernier mot de passe|only the la(st|test)|the la(st|test) password"
    r"|(sms|text message) le plus récent|most recent (sms|text message)"
    r"|(sms|text message) (émis|that was issued))",
    re.IGNORECASE,
)
"""A sentence that says which of several passwords works."""
ISSUED = re.compile(r"\b(émis|issued)\b")
RECEIVED = re.compile(r"\b(reçu|received|récent|recent)\b")

NAMED = re.compile(
    r"(\w+) d['’]assistance\b|\bassistance (\w+)|\bhelp[ -]?(desk|team|line|centre)",
    re.IGNORECASE,
)
"""What voters call, in either language."""

TELLING = {
    "graphql_api/schema/locales/fr.json PASSWORD_RENEWED",
    "graphql_api/schema/locales/en.json PASSWORD_RENEWED",
    "graphql_api/schema/locales/fr.json RENEWALS_STOPPED",
    "graphql_api/schema/locales/en.json RENEWALS_STOPPED",
    "graphql_api/portal/locales/fr.json confirmed.step.latest",
    "graphql_api/portal/locales/en.json confirmed.step.latest",
    "graphql_api/portal/locales/fr.json dead.RENEWALS_STOPPED",
    "graphql_api/portal/locales/en.json dead.RENEWALS_STOPPED",
    "adapters/email/templates/fr/password_changed.txt",
    "adapters/email/templates/fr/password_changed.html",
    "adapters/email/templates/en/password_changed.txt",
    "adapters/email/templates/en/password_changed.html",
    "adapters/email/templates/fr/renewals_stopped.txt",
    "adapters/email/templates/fr/renewals_stopped.html",
    "adapters/email/templates/en/renewals_stopped.txt",
    "adapters/email/templates/en/renewals_stopped.html",
    "adapters/sms/templates/password.fr.txt",
    "adapters/sms/templates/password.en.txt",
    "adapters/sms/templates/last_password.fr.txt",
    "adapters/sms/templates/last_password.en.txt",
}
"""Where the rule is told today. A place that no longer tells it is missed."""


def texts() -> Iterator[tuple[str, str]]:
    """What voters read, each with the place where it stands."""
    for folder in CATALOGUES:
        for file in sorted((ROOT / folder).glob("*.json")):
            for key, text in json.loads(file.read_text()).items():
                yield f"{file.relative_to(ROOT)} {key}", str(text)
    for pattern in PAGES:
        for file in sorted(ROOT.glob(pattern)):
            yield str(file.relative_to(ROOT)), file.read_text()


def sentences(text: str) -> list[str]:
    """Those that say which password works, without marks of HTML."""
    plain = re.sub(r"<[^>]+>", "", text)
    return [each for each in re.split(r"(?<=[.!?])\s+", plain) if WHICH_COUNTS.search(each)]


TOLD = {place: found for place, text in texts() if (found := sentences(text))}


def test_where_the_rule_is_told():
    """R19: the rule stands on the page, in the answer, in the notice and in the SMS."""
    assert set(TOLD) == TELLING


@pytest.mark.parametrize("place", sorted(TELLING))
def test_the_last_issued_counts(place):
    """R19: SMS overtake each other, so the password *issued* last is the one that works, whatever
    was received last."""
    for sentence in TOLD.get(place, []):
        assert ISSUED.search(sentence), sentence
        assert not RECEIVED.search(sentence), sentence


def test_the_cell_has_one_name():
    """R1: W6: voters are sent to the assistance cell, the « cellule d’assistance », by no other
    name."""
    plain = {place: re.sub(r"<[^>]+>", "", text) for place, text in texts()}
    named = {
        (place, next(filter(None, found.groups())).lower())
        for place, text in plain.items()
        for found in NAMED.finditer(text)
    }
    assert len(named) > 40
    assert {each for each in named if each[1] not in ("cell", "cellule", "demande")} == set()
