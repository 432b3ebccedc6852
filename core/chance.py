"""Whether it can be chance that so few messages arrive."""

from __future__ import annotations

from math import exp, lgamma, log


def at_most(delivered: int, ended: int, share: float) -> float:
    """How probable it is that so few of `ended` arrive, or fewer, when `share` of all do."""
    share = min(share, 0.99)  # of all without exception, one lost would be no chance
    total = 0.0
    for each in range(delivered, -1, -1):
        ways = lgamma(ended + 1) - lgamma(each + 1) - lgamma(ended - each + 1)
        odds = exp(ways + each * log(share) + (ended - each) * log(1 - share))
        total += odds
        if each < ended * share and odds < total * 1e-12:
            break
    return min(total, 1.0)
