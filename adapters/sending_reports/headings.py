"""What providers call the columns of their reports, in French and in English."""

from __future__ import annotations

import re
import unicodedata

REQUIRED = ("numic", "time", "state")
COLUMNS = (*REQUIRED, "operator", "route")
_CALLED = {
    "numic": (
        "numic", "n numic", "no numic", "numero numic", "numero d identification consulaire",
        "reference", "ref", "client reference", "external id", "identifiant externe",
    ),
    "time": (
        "time", "at", "date", "datetime", "timestamp", "done at", "done date", "status date",
        "horodatage", "date heure", "date et heure", "date de remise", "date du statut",
    ),
    "state": (
        "state", "status", "dlr", "dlr status", "delivery status", "etat", "statut",
        "statut de remise",
    ),
    "operator": ("operator", "network", "carrier", "mccmnc", "operateur", "reseau"),
    "route": ("route", "channel", "sender", "voie", "canal", "fournisseur", "provider"),
}  # fmt: skip
_COLUMN_OF = {words: name for name, called in _CALLED.items() for words in called}


def column_of(heading: str) -> str | None:
    """The column that this heading names; None: one that is not looked at. Case, accents, dots and
    underscores do not count."""
    bare = unicodedata.normalize("NFKD", heading).casefold()
    bare = "".join(each for each in bare if not unicodedata.combining(each))
    return _COLUMN_OF.get(" ".join(re.findall(r"[a-z0-9]+", bare)))
