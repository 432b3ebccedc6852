"""What clerks call the columns, in French and in English."""

from __future__ import annotations

import re
import unicodedata

REQUIRED = ("numic", "identifier", "email", "phone")

_CALLED = {
    "numic": (
        "numic", "n numic", "no numic", "numero numic", "numero d identification consulaire",
        "identification consulaire", "numero consulaire",
    ),
    "identifier": (
        "identifier", "identifiant", "identifiant de vote", "identifiant de connexion",
        "voting identifier",
    ),
    "email": (
        "email", "e mail", "mail", "mel", "courriel", "adresse electronique", "adresse email",
        "adresse e mail", "adresse mail", "adresse courriel", "adresse de courriel",
        "e mail address", "email address",
    ),
    "phone": (
        "phone", "telephone", "tel", "mobile", "portable", "gsm", "telephone mobile",
        "telephone portable", "tel mobile", "tel portable", "numero de telephone",
        "n de telephone", "no de telephone", "phone number", "mobile phone",
    ),
    "numel": (
        "numel", "n numel", "numero numel", "numero d electeur", "n d electeur",
        "numero national d electeur", "voter number",
    ),
    "identifier_renewed_in": (
        "identifier renewed in", "identifiant renouvele en", "identifiant renouvele au scrutin",
        "identifiant renouvele pour le scrutin",
    ),
    "country": (
        "country", "country code", "pays", "code pays", "pays iso", "code iso", "code iso du pays",
        "pays de residence",
    ),
    "constituency": (
        "constituency", "circonscription", "circo", "n circonscription", "no circonscription",
        "numero de circonscription", "n de circonscription", "circonscription electorale",
        "circonscription legislative",
    ),
    "post": (
        "post", "consular post", "poste", "poste consulaire", "poste diplomatique",
        "poste d inscription", "consulat", "consulat d inscription",
    ),
}  # fmt: skip
_COLUMN_OF = {words: name for name, called in _CALLED.items() for words in called}


def column_of(heading: str) -> str | None:
    """The column that this heading names. Case, accents, dots and underscores do not count."""
    bare = unicodedata.normalize("NFKD", heading).casefold()
    bare = "".join(each for each in bare if not unicodedata.combining(each))
    return _COLUMN_OF.get(" ".join(re.findall(r"[a-z0-9]+", bare)))


def letters(place: int) -> str:
    """How spreadsheets call the column at `place`, which begins at 0: A, B, … Z, AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
