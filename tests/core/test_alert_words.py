"""R53: what an alert says to people."""

from __future__ import annotations

import pytest

from core.alert import AlertAxis, AlertKind, AlertPlace
from core.alert_words import sentence
from core.locale import Locale


@pytest.mark.parametrize(
    ("place", "french", "english"),
    [
        (
            AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.COUNTRY, "AR"),
            "Trop peu de messages arrivent (pays AR).",
            "Too few messages arrive (country AR).",
        ),
        (
            AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.ROUTE, "A: AR"),
            "Trop peu de messages arrivent (route A, AR).",
            "Too few messages arrive (route A, AR).",
        ),
        (
            AlertPlace(AlertKind.WORKERS_MISSING, AlertAxis.DEPLOYMENT, ""),
            "Aucun worker ne vit : les demandes sont prises, personne ne reçoit de message.",
            "No worker lives: requests are taken, nobody is written to.",
        ),
    ],
)
def test_a_sentence_says_what_and_where(place, french, english):
    """In both languages, with its place in brackets where it has one."""
    assert sentence(place, Locale.FR) == french
    assert sentence(place, Locale.EN) == english


@pytest.mark.parametrize("kind", AlertKind)
@pytest.mark.parametrize("locale", Locale)
def test_every_kind_has_one(kind, locale):
    """No alert is raised that nothing can be said of."""
    assert sentence(AlertPlace(kind, AlertAxis.DEPLOYMENT, ""), locale).endswith(".")
