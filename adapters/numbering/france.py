"""One national plan, four country codes: the numbers of France and of its departments overseas.

Source: Arcep, decision 2018-0881, annex 1, and « la numérotation outre-mer ». Saint-Pierre and
Miquelon, New Caledonia, Polynesia, Wallis and Futuna have plans of their own.
"""

from __future__ import annotations

import re

FRENCH_PLAN = frozenset({"FR", "GP", "BL", "MF", "GF", "MQ", "RE", "YT"})
"""Countries (ISO 3166) whose people write numbers of this plan, with a zero in front."""
_NATIONAL = re.compile(r"0?([1-9]\d{8})")
_OVERSEAS = (
    (re.compile(r"590|69[01]"), "590"),
    (re.compile(r"26[29]|69[23]|639(?!98)"), "262"),  # 0639 98 is Arcep's range for fiction
    (re.compile(r"[56]94"), "594"),
    (re.compile(r"596|69[67]"), "596"),
)
_FICTION = re.compile(r"3363998\d{4}")


def is_fiction(digits: str) -> bool:
    """Whether the number is of the mobile range that Arcep keeps for fiction: of samples."""
    return _FICTION.fullmatch(digits) is not None


def french_number(digits: str) -> str | None:
    """The digits with the right country code, or None when they are not ten or nine of this
    plan."""
    national = _NATIONAL.fullmatch(digits)
    if national is None:
        return None
    for leads, code in _OVERSEAS:
        if leads.match(national[1]):
            return code + national[1]
    return "33" + national[1]
