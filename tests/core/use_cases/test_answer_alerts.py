"""R53, R42: what operators do about an alert, and what stays of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.alert import Alert, AlertAxis, AlertKind, AlertPlace, AlertState
from core.errors import AlertRejected
from core.events import OperatorActed
from core.use_cases.answer_alerts import LONGEST_PAGE, AnswerAlerts

MINUTE = timedelta(minutes=1)
PLACE = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.COUNTRY, "AR")


@pytest.fixture
def answering(portal):
    return AnswerAlerts(portal.store.begin, portal.store.read, portal.clock, portal.events)


@pytest.fixture
async def alert(portal):
    now = portal.clock.now()
    alert = Alert("a1", PLACE, {"delivered": 3}, now, now, now)
    async with portal.store.begin() as unit:
        await unit.alerts.add(alert)
    portal.clock.advance(MINUTE)
    return alert


async def test_an_act_leaves_its_trace(portal, answering, alert):
    """R42: in the database and in the journal: who, what, and of which alert."""
    acknowledged = await answering.acknowledge("a1", "jeanne", "the provider is told")
    assert acknowledged == alert.acknowledged("jeanne", "the provider is told", portal.clock.now())
    resolved = await answering.resolve("a1", "paul")
    assert (resolved.state, resolved.resolved_by) == (AlertState.RESOLVED, "paul")
    assert resolved.note == "the provider is told"
    (page,) = (await answering.newest((), 10)).alerts
    assert page == resolved
    async with portal.store.read() as unit:
        noted = await unit.interventions.latest(10)
    detail = "delivery_fell AR a1"
    told = [(each.act, each.by, each.detail) for each in noted]
    assert told == [("alert_resolved", "paul", detail), ("alert_acknowledged", "jeanne", detail)]
    assert portal.events.kept == [
        OperatorActed("alert_acknowledged", "jeanne", detail),
        OperatorActed("alert_resolved", "paul", detail),
    ]


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
async def test_what_is_over_is_not_answered(portal, answering, alert, verb):
    """R53: nor what is not there; nothing is left then."""
    with pytest.raises(AlertRejected, match="UNKNOWN_ALERT"):
        await getattr(answering, verb)("a2", "jeanne")
    await answering.resolve("a1", "paul")
    with pytest.raises(AlertRejected, match="ALERT_RESOLVED"):
        await getattr(answering, verb)("a1", "jeanne")
    async with portal.store.read() as unit:
        assert len(await unit.interventions.latest(10)) == 1


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
async def test_nobody_acts_without_a_name(portal, answering, alert, verb):
    with pytest.raises(ValueError, match="by has"):
        await getattr(answering, verb)("a1", "")
    (page,) = (await answering.newest((), 10)).alerts
    assert page == alert


async def test_a_page_has_an_end(portal, answering):
    """R38: however many are asked for."""
    now = portal.clock.now()
    async with portal.store.begin() as unit:
        for number in range(LONGEST_PAGE + 1):
            place = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.COUNTRY, str(number))
            await unit.alerts.add(Alert(f"a{number}", place, {}, now, now, now))
    page = await answering.newest((), 1000)
    assert (len(page.alerts), page.has_more) == (LONGEST_PAGE, True)
