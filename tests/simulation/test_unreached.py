"""What is said of voters unreached is true at every hour, whatever keys come and go."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import pytest

from core.keys import SecretKey
from core.spending import SpendingRule
from core.unreached import Cause

from .election import Election
from .model import DAY, HOUR, Profile, RouteModel
from .onlooker import Onlooker
from .portal import KEYRING
from .profiles import ARGENTINA_2022, GOOD_DAY, OUTAGE, SENDERS_REFUSED

NEW = SecretKey("after the rotation", b"r" * 32)


def honest(profile: Profile) -> Profile:
    """Every arrival is reported, and nothing else is as one."""

    def told(route: RouteModel) -> RouteModel:
        channels = {place: replace(x, told=1.0, lies=0.0) for place, x in route.channels.items()}
        return replace(route, channels=channels)

    return replace(profile, routes=tuple(told(each) for each in profile.routes))


def without_receipts(profile: Profile) -> Profile:
    """The first route gives none."""
    first = profile.routes[0]
    silent = replace(first, route=replace(first.route, receipt_within=None))
    return replace(profile, routes=(silent, *profile.routes[1:]))


def observed(profile: Profile, voters: int = 80, rotates: bool = False) -> Onlooker:
    """The election, looked at once an hour. The key is rotated a day before the vote opens, and the
    old one taken out a day and an hour later, as the documentation says."""
    election = Election(profile, voters)
    onlooker = Onlooker(election)
    election.every_hour = onlooker
    if rotates:
        rotation, opening = election.portal.rotate, profile.opens_at
        election.timeline.at(opening - DAY, partial(rotation, NEW, *KEYRING.keys))
        election.timeline.at(opening + HOUR, partial(rotation, NEW))
    election.run_to_end()
    return onlooker


CAPPED = replace(GOOD_DAY, spending=SpendingRule(country_per_hour=1))
TWO_ROUNDS = replace(OUTAGE.with_one_route(), rounds={"7": 5 * DAY, "3": 3 * DAY})
"""Two constituencies vote, for different times, and two do not."""
ELECTIONS = {
    "one route to Argentina": ARGENTINA_2022.with_one_route(),
    "an outage": OUTAGE.with_one_route(),
    "a cap": CAPPED,
    "two rounds": TWO_ROUNDS,
}


RUNS = [
    *((name, False) for name in ELECTIONS if name != "two rounds"),
    *((name, True) for name in ELECTIONS),
]


@pytest.mark.parametrize(("name", "rotates"), RUNS)
def test_unreached_are_those_who_are(name: str, rotates: bool) -> None:
    """R48: U10: at every hour, each voter who confirmed and does not hold that SMS is waiting or
    lost, once, with one cause; and the list names as many, one by one (R45)."""
    seen = observed(honest(ELECTIONS[name]), rotates=rotates)
    told = [each.waiting + each.lost for each in seen.told]
    assert told == seen.real
    assert max(seen.real) >= 2
    for each in seen.told:
        causes = sum(x.voters for x in each.causes if not x.cause.is_of_link)
        assert causes == each.waiting + each.lost
    assert [dict(each) for each in seen.listed] == [
        {x.cause: x.voters for x in each.causes} for each in seen.told
    ]
    if name == "one route to Argentina":  # many renew again, some of them under another key
        assert (len(seen.pseudonyms) > len(seen.election.electors)) == rotates


@pytest.mark.parametrize(
    "profile",
    [ARGENTINA_2022, without_receipts(GOOD_DAY), without_receipts(CAPPED)],
    ids=["Argentina", "no receipts", "no receipts, a cap"],
)
def test_figures_are_those_of_a_full_count(profile: Profile) -> None:
    """R48: of every request of every voter, at every hour, across a rotation."""
    seen = observed(profile, rotates=True)
    fields = ("waiting", "lost", "receipts_not_expected", "links_not_taken")
    told = [+Counter({name: getattr(each, name) for name in fields}) for each in seen.told]
    assert told == seen.recounted
    assert seen.recounted[-1].total() > 0


def test_the_causes_are_those_of_the_election() -> None:
    """R48: a cap is told as a cap, silence as silence."""
    capped, silent = observed(CAPPED), observed(SENDERS_REFUSED.with_one_route())
    causes = {x.cause for each in capped.told for x in each.causes}
    assert Cause.CAP in causes
    assert Cause.CAP not in {x.cause for each in silent.told for x in each.causes}
    assert {Cause.NO_RECEIPT, Cause.REFUSED} <= {x.cause for e in silent.told for x in e.causes}
