"""R53: when an alert is raised, kept open, resolved and opened again; what is an alert."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.alert import (
    REFRESHED,
    Alert,
    AlertAxis,
    AlertKind,
    AlertPlace,
    AlertState,
    AlertTerms,
    Condition,
    calmed,
    seen,
)
from core.alert_conditions import (
    heard_of,
    of_constituencies,
    of_first_losses,
    of_jobs,
    of_neighbours,
    of_rates,
    of_routes,
    of_stops,
    of_untied,
    of_voters,
    of_workers,
)
from core.alerts_heard import AlertsHeard
from core.chance import at_most
from core.clock_check import Heartbeat, ProcessKind, Uptime
from core.delivery import DeliveryState
from core.delivery_figures import AlertRule, Arrival, CauseCount, Count, Rate, Unreached
from core.events import ClockRefused, PasswordsRefused, RefusalsSurged, RestoreFound, RouteFell
from core.jobs import Backlog
from core.messages import Channel
from core.outage import Outage
from core.route_health import Health, Verdict
from core.unreached import Cause
from core.workers_seen import MISSED_FOR, WorkersSeen, workers_seen
from tests.rehearsal import KeptEvents

NOON = datetime(2027, 5, 3, 12, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
TERMS = AlertTerms()
PLACE = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.COUNTRY, "AR")
OVER, BETWEEN = Condition(PLACE, {"delivered": 3}), Condition(PLACE, {"delivered": 9}, False)
RULE = AlertRule()


def raised(at: datetime = NOON) -> Alert:
    alert = seen(None, OVER, at, TERMS, "a1")
    assert alert is not None
    return alert


def test_only_what_is_over_its_threshold_raises() -> None:
    """R53: what lies between both thresholds raises nothing."""
    alert = raised()
    assert (alert.id, alert.state, alert.times) == ("a1", AlertState.RAISED, 1)
    assert alert.first_seen == alert.raised_at == alert.last_seen == NOON
    assert seen(None, BETWEEN, NOON, TERMS, "a1") is None


@pytest.mark.parametrize("condition", [OVER, BETWEEN])
def test_an_open_alert_is_kept_open(condition: Condition) -> None:
    """R53: down to the lower threshold, and written anew once it is half a minute old."""
    later = NOON + REFRESHED
    assert seen(raised(), condition, later - SECOND, TERMS, "a2") is None
    kept = seen(raised(), condition, later, TERMS, "a2")
    assert kept == replace(raised(), last_seen=later, figures=condition.figures)


def test_an_acknowledged_alert_stays_acknowledged() -> None:
    """R53: nobody is asked twice to look."""
    answered = raised().acknowledged("jeanne", "the provider is told", NOON + MINUTE)
    kept = seen(answered, OVER, NOON + 2 * MINUTE, TERMS, "a2")
    assert kept is not None
    assert (kept.state, kept.acknowledged_by) == (AlertState.ACKNOWLEDGED, "jeanne")
    assert kept.note == "the provider is told"


def test_it_is_resolved_after_a_calm() -> None:
    """R53: not before what it is about has been gone for ten minutes."""
    end = NOON + TERMS.calm
    assert calmed(raised(), end - SECOND, TERMS) is None
    resolved = calmed(raised(), end, TERMS)
    assert resolved is not None
    assert (resolved.state, resolved.resolved_at) == (AlertState.RESOLVED, end)
    assert resolved.resolved_by == ""


def test_what_comes_back_soon_opens_the_same_alert() -> None:
    """R53: with its first moment kept, nobody looking yet; after an hour it is another one."""
    resolved = raised().acknowledged("jeanne", "", NOON).resolved(NOON)
    soon = seen(resolved, OVER, NOON + TERMS.reopens_within, TERMS, "a2")
    assert soon is not None
    assert (soon.id, soon.times, soon.state) == ("a1", 2, AlertState.RAISED)
    assert (soon.first_seen, soon.raised_at) == (NOON, NOON + TERMS.reopens_within)
    assert (soon.acknowledged_at, soon.acknowledged_by, soon.resolved_at) == (None, "", None)
    late = seen(resolved, OVER, NOON + TERMS.reopens_within + SECOND, TERMS, "a2")
    assert late is not None
    assert (late.id, late.times) == ("a2", 1)


def test_what_somebody_has_resolved_is_left_alone_for_a_calm() -> None:
    """R53: then it is opened again, if it holds still: nobody can hide it for long."""
    resolved = raised().resolved(NOON, "jeanne", "known")
    assert seen(resolved, OVER, NOON + TERMS.calm - SECOND, TERMS, "a2") is None
    again = seen(resolved, OVER, NOON + TERMS.calm, TERMS, "a2")
    assert again is not None
    assert (again.id, again.times) == ("a1", 2)


def test_what_flaps_takes_longer_to_resolve() -> None:
    """R53: 10, 20, 40, 80 minutes, and no longer."""
    calms = [TERMS.calm_of(replace(raised(), times=times)) for times in range(1, 6)]
    assert [each / MINUTE for each in calms] == [10, 20, 40, 80, 80]


def test_what_happens_at_a_moment_is_kept_for_half_an_hour() -> None:
    """R53: a process says at most every ten minutes that a network is refused."""
    heard = replace(raised(), place=AlertPlace(AlertKind.REFUSALS_SURGED))
    assert TERMS.calm_of(heard) == 30 * MINUTE


@pytest.mark.parametrize("by", ["", " ", "x" * 201])
def test_who_acts_is_named(by: str) -> None:
    """R53, R42: no act without a name."""
    with pytest.raises(ValueError, match="by has"):
        raised().acknowledged(by, "", NOON)


def test_a_note_is_short() -> None:
    with pytest.raises(ValueError, match="note has"):
        raised().resolved_by_hand("jeanne", "x" * 201, NOON)


def test_rates_have_two_thresholds() -> None:
    """R53: an alert that is no chance stays until 85 %, and ends where too few are sent to tell."""
    found = [Rate(Channel.SMS, "AR", d, 100 - d, 0, 0) for d in (60, 79, 84, 85)]
    found += [Rate(Channel.EMAIL, "example.org", 2, 18, 0, 0), Rate(Channel.SMS, "BR", 2, 17, 0, 0)]
    told = [(each.place.value, each.place.axis, each.is_over) for each in of_rates(found, RULE)]
    country, domain = AlertAxis.COUNTRY, AlertAxis.MAILBOX_DOMAIN
    assert told == [
        ("AR", country, True),
        ("AR", country, False),
        ("AR", country, False),
        ("example.org", domain, True),
    ]


def attempts(delivered: int, lost: int, country: str = "AR") -> list[Count]:
    states = ((DeliveryState.DELIVERED, delivered), (DeliveryState.EXPIRED, lost))
    others = (DeliveryState.ACCEPTED, 90)
    return [
        Count(Channel.SMS, country, "north", "722-34", state, messages)
        for state, messages in (*states, others)
        if messages
    ]


@pytest.mark.parametrize(
    ("delivered", "lost", "is_over"),
    [(0, 5, False), (0, 6, True), (1, 6, False), (1, 7, True), (17, 3, None), (50, 50, True)],
)
def test_the_first_losses_of_a_route(delivered: int, lost: int, is_over: bool | None) -> None:
    """R53: six of six, or seven of eight: fewer may be chance. SMS whose end is not known, and
    those of another country, tell nothing."""
    found = list(of_first_losses([*attempts(delivered, lost), *attempts(9, 0, "BR")], RULE))
    told = [(each.place.value, each.is_over) for each in found]
    assert told == ([] if is_over is None else [("north: AR", is_over)])


@pytest.mark.parametrize(
    ("delivered", "confirmed", "is_over"),
    [(0, 6, True), (3, 6, False), (9, 10, None), (0, 0, None)],
)
def test_constituencies(delivered: int, confirmed: int, is_over: bool | None) -> None:
    """R53: by voters, whichever country their telephone is of."""
    found = list(of_constituencies([Arrival("2", delivered, confirmed)], RULE))
    told = [(each.place.axis, each.place.value, each.is_over) for each in found]
    assert told == ([] if is_over is None else [(AlertAxis.CONSTITUENCY, "2", is_over)])


def test_few_emails_of_a_domain_tell_nothing() -> None:
    """R53, R42: they may all be one person's."""
    lost = Count(Channel.EMAIL, "example.org", "own", "", DeliveryState.FAILED, 9)
    assert list(of_first_losses([lost], RULE)) == []


@pytest.mark.parametrize("share", [0.5, 0.8])
@pytest.mark.parametrize("ended", [0, 1, 7, 40])
def test_chances_add_up(share: float, ended: int) -> None:
    """R53: all that can happen has the probability 1; more is more probable than less."""
    chances = [at_most(delivered, ended, share) for delivered in range(ended + 1)]
    assert chances[-1] == pytest.approx(1)
    assert chances == sorted(chances)


@pytest.mark.parametrize("share", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("ended", [1031, 20_000, 1_000_000])
def test_many_messages_are_judged_too(share: float, ended: int) -> None:
    """R53: an hour of an election's last day, or all of it."""
    rule = replace(RULE, share=share)
    assert rule.is_surely_low(ended // 3, ended)
    assert not rule.is_surely_low(ended, ended)
    assert not rule.is_surely_low(round(ended * min(share, 0.99)), ended)


def test_voters_unreached_have_two_thresholds() -> None:
    rule = replace(RULE, unreached=10, unreached_untold=5)
    counts = [(Unreached(waiting=each), each) for each in (8, 9, 10, 11)]
    told = [[each.is_over for each in of_voters(found, rule)] for found, _ in counts]
    assert told == [[], [False], [False], [True]]
    causes = (CauseCount(Cause.LINK_BOUNCED, 2),)
    (condition,) = of_voters(Unreached(links=2, causes=causes), replace(RULE, unreached_untold=0))
    assert condition.figures == {"voters": 2, "link_bounced": 2}


def test_receipts_and_reports_that_tie_to_nothing() -> None:
    """R53: what mail servers reported, and nobody could read, is an alert of its own."""
    found = list(of_untied({"north": 5, "south": 4, "west": 2, "bounces": 6}, RULE))
    assert [(each.place.kind, each.place.value, each.is_over) for each in found] == [
        (AlertKind.RECEIPTS_UNTIED, "north", True),
        (AlertKind.RECEIPTS_UNTIED, "south", False),
        (AlertKind.BOUNCES_UNREAD, "", True),
    ]


def test_jobs_that_wait_and_jobs_that_were_given_up() -> None:
    late, half = Backlog(9, 2, 0), Backlog(9, 5, 0)
    (condition,) = of_jobs(late, half, RULE)
    assert (condition.is_over, condition.figures) == (True, {"late": 2, "waiting": 9})
    (condition,) = of_jobs(Backlog(9, 0, 0), half, RULE)
    assert not condition.is_over
    (condition,) = of_jobs(Backlog(9, 0, 1), Backlog(9, 0, 1), RULE)
    assert condition.place.kind is AlertKind.JOBS_BURIED
    assert not list(of_jobs(Backlog(9, 0, 1), Backlog(9, 0, 1), replace(RULE, dead=1)))


def test_fallen_routes_and_caps() -> None:
    verdicts = [
        Verdict("north", "AR", Health.FAILING, NOON),
        Verdict("x", "AR", Health.SOUND, NOON),
    ]
    (fell,) = of_routes(verdicts)
    assert (fell.place.value, fell.figures) == ("north: AR", {"route": "north", "country": "AR"})
    (stop,) = of_stops([("SMS a country", "AR")])
    assert stop.place == AlertPlace(AlertKind.SPENDING_STOPPED, AlertAxis.CAP, "SMS a country: AR")


def test_processes() -> None:
    """R53: none is another alert than fewer; a neighbour's words stay in the log."""
    (none,) = of_workers(WorkersSeen(0, NOON))
    assert (none.place.kind, none.figures) == (
        AlertKind.WORKERS_MISSING,
        {"since": "2027-05-03T12:00:00Z"},
    )
    (fewer,) = of_workers(WorkersSeen(2, NOON, missing=1))
    assert fewer.figures == {"missing": 1, "living": 2}
    assert not list(of_workers(WorkersSeen(2, NOON)))
    (down,) = of_neighbours([Outage("register", NOON, NOON, 3, "no entry for 00012345")])
    assert "00012345" not in str(down)
    assert down.place.value == "register"


def beat(name: str, ago: timedelta, begun: timedelta = 5 * MINUTE, **more: bool) -> Heartbeat:
    uptime = Uptime("boot", MINUTE)
    begun_at = NOON - ago - begun
    return Heartbeat(name, ProcessKind.WORKER, NOON - ago, uptime, (), begun_at, **more)


@pytest.mark.parametrize(
    ("beats", "missing"),
    [
        ([beat("a", SECOND)], 0),
        ([beat("a", SECOND), beat("b", 2 * MINUTE)], 1),
        ([beat("a", SECOND), beat("b", 2 * MINUTE, has_stopped=True)], 0),
        ([beat("a", SECOND, MINUTE), beat("b", 2 * MINUTE)], 0),
        ([beat("a", SECOND, MINUTE), beat("b", 2 * MINUTE), beat("c", 3 * MINUTE)], 1),
        ([beat("a", SECOND), beat("b", MISSED_FOR + SECOND)], 0),
        ([beat("a", SECOND), beat("b", 59 * SECOND)], 0),
    ],
)
def test_a_worker_is_missed_until_another_takes_its_place(beats: list, missing: int) -> None:
    """R53: not one that has said that it stops, nor one that a later one stands for."""
    assert workers_seen(beats, NOON, MINUTE).missing == missing


@pytest.mark.parametrize(
    ("event", "place", "figures"),
    [
        (
            RefusalsSurged("n1", "security_code_wrong", 10),
            AlertPlace(AlertKind.REFUSALS_SURGED, AlertAxis.REASON, "security_code_wrong"),
            {"refusals": 10},
        ),
        (
            PasswordsRefused("unfit", "uid=00012345: too short"),
            AlertPlace(AlertKind.PASSWORDS_REFUSED, AlertAxis.REASON, "unfit"),
            {},
        ),
        (ClockRefused("it is late"), AlertPlace(AlertKind.CLOCK_REFUSED), {"reason": "it is late"}),
        (RestoreFound("lost"), AlertPlace(AlertKind.RESTORE_FOUND), {"reason": "lost"}),
    ],
)
def test_what_is_heard(event: object, place: AlertPlace, figures: dict) -> None:
    """R53: without the network's name, and without the neighbour's words."""
    assert heard_of(event) == Condition(place, figures)


def test_what_is_heard_waits_until_it_is_stored() -> None:
    """R53: the last of each place; what could not be stored comes again. The journal has all."""
    journal = KeptEvents()
    heard = AlertsHeard(journal)
    first, second = (RefusalsSurged("n1", "unknown_link", each) for each in (10, 600))
    for event in (first, RouteFell("north", "AR", 1, 10), second):
        heard.record(event)
    assert journal.kept == [first, RouteFell("north", "AR", 1, 10), second]
    taken = heard.take()
    assert [each.figures for each in taken] == [{"refusals": 600}]
    assert heard.take() == []
    heard.record(first)
    heard.give_back(taken)
    assert [each.figures for each in heard.take()] == [{"refusals": 10}]
