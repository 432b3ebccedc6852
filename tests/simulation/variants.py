"""What if: the same elections under other settings, other routes, other rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from core.route_health import HealthRule
from core.spending import SpendingRule

from .model import MINUTE, Channel, Intruders, Profile
from .profiles import ARGENTINA_2022, GOOD_DAY, OUTAGE, SLOW, lying

Change = Callable[[Profile], Profile]

BLOCKED = Channel(delivered=0.2, loss_told=0.2)


def waiting(within: timedelta) -> Change:
    """Receipts are waited for that long on every route."""

    def change(profile: Profile) -> Profile:
        timed = (replace(each.route, receipt_within=within) for each in profile.routes)
        pairs = zip(profile.routes, timed, strict=True)
        return replace(profile, routes=tuple(replace(each, route=route) for each, route in pairs))

    return change


def judging(rule: HealthRule) -> Change:
    """Routes are judged by this rule."""
    return lambda profile: replace(profile, health=rule)


def same_password(profile: Profile) -> Profile:
    """Asking anew does not change the password: a rule that the product does not have."""
    return replace(profile, keeps_password=True)


def as_if_first(profile: Profile) -> Profile:
    """Whoever asks anew is served by the same routes in the same order, as it was before."""
    return replace(profile, forgets_asking=True)


def last_come(profile: Profile) -> Profile:
    """Voters take the SMS that came last for the good one, whatever it says."""
    return replace(profile, habits=replace(profile.habits, goes_by_issue=False))


def one_operator_blocks(profile: Profile) -> Profile:
    """The customers of one operator are hard to reach by any route."""
    blocked = (
        replace(each, channels={**each.channels, "AR/Norte": BLOCKED}) for each in profile.routes
    )
    return replace(profile, routes=tuple(blocked))


def liar(profile: Profile) -> Profile:
    """The first route reports all of its SMS as delivered."""
    return lying(profile, 1.0)


def as_before(profile: Profile) -> Profile:
    """Routes are judged, and whoever asks anew is served, as it was before."""
    return as_if_first(judging(BEFORE)(profile))


BEFORE = HealthRule(
    window=30 * MINUTE,
    sample=20,
    falls_below=0.7,
    recovers_at=0.85,
    probe_window=30 * MINUTE,
    probe_one_in=20,
)
"""How routes were judged before the figures of these tables were followed."""
AS_BEFORE = "routes judged, and asking anew served, as before"

VARIANTS: tuple[tuple[str, Profile, Change], ...] = (
    (AS_BEFORE, ARGENTINA_2022, as_before),
    (AS_BEFORE, OUTAGE, as_before),
    (AS_BEFORE, SLOW, as_before),
    (AS_BEFORE, GOOD_DAY, as_before),
    ("A reports all as delivered", ARGENTINA_2022, liar),
    (
        "A reports all as delivered; asking anew served as before",
        ARGENTINA_2022,
        lambda it: as_if_first(liar(it)),
    ),
    ("one operator (40 %) blocks all routes", ARGENTINA_2022, one_operator_blocks),
    ("receipts awaited 2 minutes", ARGENTINA_2022, waiting(2 * MINUTE)),
    ("receipts awaited 10 minutes", ARGENTINA_2022, waiting(10 * MINUTE)),
    ("receipts awaited 20 minutes", ARGENTINA_2022, waiting(20 * MINUTE)),
    ("receipts awaited 2 minutes", OUTAGE, waiting(2 * MINUTE)),
    ("one route; asking anew keeps the password", ARGENTINA_2022.with_one_route(), same_password),
    ("asking anew keeps the password", ARGENTINA_2022, same_password),
    ("one route; voters take the SMS that came last", ARGENTINA_2022.with_one_route(), last_come),
    ("voters take the SMS that came last", ARGENTINA_2022, last_come),
    ("one route; voters take the SMS that came last", SLOW.with_one_route(), last_come),
)
"""The name, the election, and what is changed in it. Named as they stand in the documentation."""

ALL_KINDS = Intruders(relatives=10, guessers=10, strangers=10, robot=True)
TIGHT = replace(GOOD_DAY, spending=SpendingRule(prefix_per_hour=60))
INTRUSIONS: tuple[tuple[str, Profile], ...] = (
    ("nobody", GOOD_DAY),
    ("20 relatives", replace(GOOD_DAY, intruders=Intruders(relatives=20))),
    ("20 strangers", replace(GOOD_DAY, intruders=Intruders(strangers=20))),
    ("a robot", replace(GOOD_DAY, intruders=Intruders(robot=True))),
    ("20 guessers", replace(GOOD_DAY, intruders=Intruders(guessers=20))),
    (
        "20 guessers, each from four networks",
        replace(GOOD_DAY, intruders=Intruders(guessers=20, networks=4)),
    ),
    (
        "20 guessers, each from twenty networks",
        replace(GOOD_DAY, intruders=Intruders(guessers=20, networks=20)),
    ),
    ("nobody; 60 SMS an hour", TIGHT),
    ("10 of each, a robot; 60 SMS an hour", replace(TIGHT, intruders=ALL_KINDS)),
)
"""Who is about besides the voters, and the election."""
