"""A cap on SMS that one voter's renewals fill: what is left to the others, on every engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.countries import NumberingPlan
from core.locale import Locale
from core.messages import MessageKind, PasswordSms
from core.password_issuer import Password
from core.route_health import HealthRule
from core.routes import Route, RouteTable
from core.spending import SpendingRule, block_of
from core.use_cases.dispatch_sms import DispatchSms, Postponed
from core.voter import PhoneNumber
from tests.rehearsal import KeptEvents, TrialMessages

CAP, OTHERS, RENEWALS = 10, 5, 20
PHONES = [PhoneNumber(f"+3363998{n:04}") for n in range(OTHERS + 1)]
"""Of one prefix: the heavy voter's, then the others'."""
MANY = range(RENEWALS)


@pytest.fixture
def renew(store, clock, link_sent):
    """Sends one voter's SMS; True when it went out, False when a cap held it back."""
    sent, events = TrialMessages(), KeptEvents()
    dispatch = DispatchSms(
        begin=store.begin,
        read=store.read,
        providers={"only": sent},
        table=RouteTable.of_one(Route("only")),
        countries=NumberingPlan(),
        health=HealthRule(),
        spending=SpendingRule(prefix_per_hour=CAP),
        clock=clock,
        events=events,
    )

    async def nothing(unit=None):
        return None

    async def renew(voter, number):
        id = f"{voter}-{number}"
        async with store.begin() as unit:
            await unit.requests.add(replace(link_sent(id), voter=f"v{voter}"))
        password = Password("AAAABBBBCCCC")
        message = PasswordSms(
            f"{id}.{MessageKind.PASSWORD}", PHONES[voter], Locale.FR, password, clock.now()
        )
        try:
            dispatched = await dispatch(message, [f"v{voter}"], nothing, nothing)
        except Postponed:
            return False
        async with store.begin() as unit:
            await unit.attempts.save(dispatched.attempt, was=dispatched.opened)
        return True

    assert len({block_of(each) for each in PHONES}) == 1
    renew.sent, renew.events = sent, events
    return renew


async def test_first_renewals_of_others_go_out(renew):
    """R28, R61: A2: one voter's twenty SMS stop at half of the cap by prefix; then the first of
    each of five others goes out, and a second of theirs does not."""
    heavy = [await renew(0, number) for number in MANY]
    assert heavy == [True] * (CAP // 2) + [False] * (RENEWALS - CAP // 2)
    assert [await renew(voter, 0) for voter in range(1, OTHERS + 1)] == [True] * OTHERS
    assert not any([await renew(voter, 1) for voter in range(1, OTHERS + 1)])
    assert [each.to for each in renew.sent.sent] == [*PHONES[:1] * (CAP // 2), *PHONES[1:]]


async def test_whoever_fills_it_is_named(renew):
    """R61: A2: the alert tells the heaviest voter by pseudonym, with her share of the SMS."""
    for number in MANY:
        await renew(0, number)
    assert {each.cap for each in renew.events.kept} == {"prefix"}
    assert renew.events.kept[-1].heaviest == {"v0": 1.0}
