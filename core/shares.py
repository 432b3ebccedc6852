"""Share: how much of a budget that many need one of them may use up (R61).

One pure function, with a table of cases in the tests.
"""

from __future__ import annotations

MOST = 0.5
"""Nobody has more than this part of a budget, however much was allowed: others find the rest."""
LEAST_USES = 10
"""A share that is smaller would stop a person who mistypes; a small budget gives half of itself."""


def share_of(budget: int, part: float, times: int = 1) -> int:
    """How many uses of `budget` one caller may have: `part` of it, `times` as many where many stand
    behind one name, at least `LEAST_USES`; never more than half of it, and never none."""
    wanted = max(int(budget * part), LEAST_USES) * times
    return max(1, min(wanted, int(budget * MOST)))
