"""Elections in small: what holds whatever the routes do, and what failover is for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from core.policy import STANDARD
from core.spending import SpendingRule

from .election import Election, simulate
from .intruders import Harm
from .mailboxes import LATER, MAIL_RUNS, SWALLOWED, mailed
from .model import HOUR, MINUTE, Intruders, Outage, Profile
from .outcome import Outcome, received_by
from .profiles import ARGENTINA_2022, GOOD_DAY, OUTAGE, PROFILES, SENDERS_REFUSED, SLOW, lying
from .run import EXPLANATION, HARM, MAIL, PAGE, TABLES, head, in_short, put, row, suffered
from .variants import INTRUSIONS, VARIANTS, Change, as_if_first, last_come, same_password

VOTERS = 60
RUNS = {
    f"{profile.name}, {len(run.routes)}": run
    for profile in PROFILES
    for run in (profile.with_one_route(), profile)
}


@cache
def outcome(run: str) -> Outcome:
    return simulate(RUNS[run], VOTERS)


def of(profile: Profile, routes: int | None = None) -> Outcome:
    return outcome(f"{profile.name}, {routes or len(profile.routes)}")


@pytest.mark.parametrize("run", RUNS)
def test_a_password_in_hand_works_unless_a_newer_one_was_issued(run: str) -> None:
    """R19: whoever's last SMS fails is owed a newer one, or holds it already beneath an older one
    that came late."""
    assert outcome(run).unexplained == 0


@pytest.mark.parametrize("run", RUNS)
def test_no_job_is_given_up(run: str) -> None:
    """R29: routes that refuse, lose, or do not answer leave no dead letter."""
    assert outcome(run).dead == 0


@pytest.mark.parametrize("run", RUNS)
def test_every_sms_is_counted_once(run: str) -> None:
    """R32: what the routes took is at least what arrived; nobody is able who has no SMS."""
    seen = outcome(run)
    assert seen.sent >= seen.arrived >= seen.holds_any >= seen.able
    assert seen.opening.able <= seen.opening.asked <= seen.voters == VOTERS


def test_argentina_without_failover_is_as_it_was() -> None:
    """The model is held to what was measured in 2022: each voter is sent one SMS by route A; 11 %
    have come when the vote opens, 38 % when it closes."""
    once = replace(ARGENTINA_2022.habits, asks=1, give_up=0.0, wrong_identifier=0.0)
    election = Election(replace(ARGENTINA_2022.with_one_route(), habits=once), 500)
    seen = election.run_to_end()
    opening, close = ARGENTINA_2022.opens_at, ARGENTINA_2022.closes_at
    assert received_by(election.electors, opening) / seen.sent == pytest.approx(0.11, abs=0.025)
    assert received_by(election.electors, close) / seen.sent == pytest.approx(0.38, abs=0.04)


def test_failover_reaches_argentina() -> None:
    """R31: by the other routes the voters get what route A does not bring them."""
    one, all_of_them = of(ARGENTINA_2022, 1), of(ARGENTINA_2022)
    assert one.able < 0.5 * VOTERS
    assert all_of_them.able > 0.9 * VOTERS
    assert sum(taken > 0 for taken in all_of_them.taken.values()) > 1


@pytest.mark.parametrize("profile", [OUTAGE, SENDERS_REFUSED], ids=lambda each: each.name)
def test_failover_helps_where_one_route_fails(profile: Profile) -> None:
    """R31: an outage, or a country that refuses, costs no voter their password."""
    assert of(profile, 1).able < 0.9 * VOTERS
    assert of(profile).able > 0.95 * VOTERS


def test_failover_does_not_wait_for_a_slow_route() -> None:
    """R31: nine in ten have their password sooner when a second route is asked."""
    slow, helped = of(SLOW, 1).wait(0.9), of(SLOW).wait(0.9)
    assert slow is not None
    assert helped is not None
    assert helped < slow


def test_failover_costs_little_on_a_good_day() -> None:
    """R31: a route that delivers keeps nearly all SMS."""
    assert of(GOOD_DAY).taken["A"] > 0.9 * of(GOOD_DAY).sent


def test_the_same_seed_gives_the_same_election() -> None:
    """Nothing in a simulation comes from the machine's clock or chance."""
    once, again, otherwise = (Election(OUTAGE, 60, seed) for seed in ("a", "a", "b"))
    assert once.run_to_end() == again.run_to_end() != otherwise.run_to_end()
    assert [each.hand for each in once.electors] == [each.hand for each in again.electors]


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        (SpendingRule(country_per_hour=6), lambda taken: most(taken, "%Y-%m-%d %H") <= 6),
        (SpendingRule(prefix_per_hour=6), lambda taken: most(taken, "%Y-%m-%d %H") <= 6),
        (SpendingRule(day_cost=1_000_000), lambda taken: most(taken, "%Y-%m-%d") <= 20),
    ],
    ids=["country", "prefix", "day's cost"],
)
def test_spending_caps_hold(rule: SpendingRule, holds: Callable[[list], bool]) -> None:
    """R28: no hour and no day has more SMS than the cap, however many voters ask. All voters are of
    one country and one prefix; an SMS by route A costs 0.05."""
    crowded = replace(SLOW.with_one_route(), spending=rule)
    election = Election(crowded, VOTERS)
    seen = election.run_to_end()
    assert holds(election.routes["A"].taken)
    assert seen.dead == 0


def most(taken: list, hour_or_day: str) -> int:
    """The fullest hour or day, in UTC."""
    return max(Counter(f"{at:{hour_or_day}}" for at in taken).values())


def test_a_route_that_throttles_loses_nothing() -> None:
    """R29: an SMS that the route puts off is tried again until it is taken."""
    (route,) = GOOD_DAY.with_one_route().routes
    throttled = replace(GOOD_DAY, routes=(replace(route, throttle=1),))
    seen = simulate(throttled, VOTERS)
    assert (seen.dead, seen.unexplained) == (0, 0)
    assert seen.able > 0.95 * VOTERS


def test_the_pace_of_a_route_holds() -> None:
    """R31: SMS that come faster than a route takes them keep a place each, and none is lost."""
    (first,) = GOOD_DAY.with_one_route().routes
    paced = replace(first, route=replace(first.route, rate=1 / 90))
    election = Election(replace(GOOD_DAY, routes=(paced,)), VOTERS)
    seen = election.run_to_end()
    gaps = [later - at for at, later in pairwise(election.routes["A"].taken)]
    assert min(gaps) >= 1.49 * MINUTE
    assert (seen.dead, seen.unexplained) == (0, 0)
    assert seen.able > 0.95 * VOTERS


def test_a_route_that_does_not_answer_is_passed_over() -> None:
    """R31: for the whole vote A is down; B has every SMS as soon as on a good day."""
    first, second = GOOD_DAY.routes
    down = replace(first, outages=(Outage(-200 * HOUR, 200 * HOUR),))
    seen = simulate(replace(GOOD_DAY, routes=(down, second)), VOTERS)
    assert seen.taken["A"] == 0
    usual, with_b = of(GOOD_DAY).wait(0.5), seen.wait(0.5)
    assert usual is not None
    assert with_b is not None
    assert with_b < usual + MINUTE
    assert seen.able > 0.95 * VOTERS


def test_a_lying_route_is_not_judged() -> None:
    """What the product cannot see (R32): a route that reports its losses as delivered does not
    fall, and the voters that it leaves without a password count as reached."""
    seen = simulate(lying(ARGENTINA_2022, 1.0), VOTERS)
    assert seen.falls == 0
    assert seen.wrongly_thought_reached > 0.9 * seen.unreached > 0


def test_whoever_asks_anew_is_not_left_to_a_lying_route() -> None:
    """R31: the voter knows what the receipts hide, and is served by another route. Before, the
    same one had every SMS."""
    liar = lying(ARGENTINA_2022, 1.0)
    seen, before = simulate(liar, VOTERS), simulate(as_if_first(liar), VOTERS)
    assert seen.able > 0.8 * VOTERS
    assert before.able < 0.6 * VOTERS
    assert sum(seen.taken.values()) > seen.taken["A"] > 0
    assert sum(before.taken.values()) == before.taken["A"]
    assert seen.unexplained == 0


def test_going_by_the_issue_no_older_sms_is_taken_for_the_good_one() -> None:
    """R19: where SMS overtake each other, every one says which is valid: the last one issued.
    Whoever goes by the one that came last may hold the good one and not know it."""
    one = ARGENTINA_2022.with_one_route()
    assert of(ARGENTINA_2022, 1).out_of_order == 0
    assert simulate(last_come(one), VOTERS).out_of_order > 0


def test_the_same_password_for_whoever_asks_anew_would_help() -> None:
    """A rule that the product does not have, and what it would change where SMS are days late."""
    one = ARGENTINA_2022.with_one_route()
    assert simulate(same_password(one), VOTERS).able > 1.2 * of(ARGENTINA_2022, 1).able


@pytest.mark.parametrize(
    ("profile", "change"),
    [
        pytest.param(profile, change, id=f"{profile.name}: {name}")
        for name, profile, change in VARIANTS
    ],
)
def test_variants_change_their_election(profile: Profile, change: Change) -> None:
    """Each row of the second table is of another election than those of the first."""
    assert change(profile) != profile


@cache
def with_and_without() -> tuple[Outcome, Outcome, Harm]:
    """An election without intruders, the same with all kinds of them, and what these achieved.
    SMS have a cap that is the same for all voters of a country."""
    quiet = replace(GOOD_DAY, spending=SpendingRule(prefix_per_hour=10))
    kinds = Intruders(relatives=3, guessers=2, strangers=2, robot=True)
    election = Election(replace(quiet, intruders=kinds), VOTERS)
    return simulate(quiet, VOTERS), election.run_to_end(), election.harm


def test_intruders_take_nobodys_password() -> None:
    """R61: A1, A2, A7, A14: as many voters get a password that works with a relative, a guesser, a
    stranger and a robot about as without."""
    without, seen, harm = with_and_without()
    assert harm.able == harm.victims == 5
    assert harm.guessed_able == harm.guessed == 2
    others = seen.able - harm.able - harm.guessed_able
    assert others >= VOTERS - harm.victims - harm.guessed - (VOTERS - without.able) - 1
    assert (seen.unexplained, seen.dead) == (0, 0)


def test_a_relative_renews_as_often_as_the_cap_lets() -> None:
    """R61: A1: who confirms each link for nine days renews three times within a day, no more; each
    day one password is good for hours."""
    _, _, harm = with_and_without()
    assert harm.confirmed == STANDARD.renewals_per_day
    assert harm.good_for is not None
    assert harm.good_for > 20 * HOUR


def test_a_guesser_tries_what_a_days_links_allow() -> None:
    """R16, R61: A14: each link of a day bears five guesses from one network, and the voter redeems
    it all the same."""
    _, _, harm = with_and_without()
    least = 3 * STANDARD.link_attempts
    assert least <= harm.guesses <= STANDARD.messages_per_day * STANDARD.link_attempts


def test_a_guesser_with_many_networks() -> None:
    """R16, R61: A14: from twenty networks each link bears twenty guesses, and three of each network
    that comes then; the voters renew from theirs, and others lose nothing."""
    several = Intruders(guessers=2, networks=20)
    election = Election(replace(GOOD_DAY, intruders=several), VOTERS)
    seen = election.run_to_end()
    later = several.networks - STANDARD.link_networks
    of_a_link = STANDARD.link_attempts_in_all + later * STANDARD.link_attempts_anyhow
    assert 3 * of_a_link <= election.harm.guesses <= STANDARD.messages_per_day * of_a_link
    assert (election.harm.guessed, election.harm.guessed_able) == (2, 2)
    assert seen.able >= of(GOOD_DAY).able - 3


def test_a_stranger_leaves_each_voter_a_link() -> None:
    """R26, R61: A7: a thousand requests in each of two voters' names within nine days: after each
    the latest e-mail holds a link that works, unless the voter has used it. No victim has more than
    six e-mails a day, of any kind, whether of a stranger or of a relative who renews."""
    _, _, harm = with_and_without()
    assert harm.samples > 1900
    assert harm.without_link == 0
    assert 3 <= harm.written <= STANDARD.messages_per_day


def test_a_robot_gets_nowhere() -> None:
    """R23, R27: a thousand rounds of wrong codes, unknown numbers, foreign addresses and guessed
    links open none, and send nothing."""
    quiet = of(GOOD_DAY)
    election = Election(replace(GOOD_DAY, intruders=Intruders(robot=True)), VOTERS)
    seen = election.run_to_end()
    assert election.harm.tried > 900
    assert election.harm.opened == 0
    assert (seen.links, seen.sent, seen.able) == (quiet.links, quiet.sent, quiet.able)


def test_tables_have_a_cell_for_each_title() -> None:
    """A line of a table is as wide as its head."""
    line, titles = row(("a", "b"), of(GOOD_DAY)), head(("a", "b"))
    assert line.count("|") == titles.splitlines()[0].count("|")
    assert len(suffered(with_and_without()[2])) == len(HARM)


def test_the_page_has_the_tables_of_this_model() -> None:
    """The reference page was written from these profiles and variants."""
    page = PAGE.read_text("utf-8")
    assert all(put(page, block, "") != page for block in TABLES)
    explanation = EXPLANATION.read_text("utf-8")
    elections = page.partition("<!-- elections")[2].partition("<!-- end of")[0]
    lines = [line for line in elections.splitlines() if line.startswith("|")]
    assert put(explanation, "summary", "\n".join(in_short(lines))) == explanation
    assert all(f"| {each.name} | {len(each.routes)} |" in page for each in PROFILES)
    assert all(f"| {profile.name} | {name} |" in page for name, profile, _ in VARIANTS)
    assert all(f"| {name} |" in page for name, _ in INTRUSIONS)
    assert all(f"| {each.name} | {len(each.relays)} |" in page for each in MAIL_RUNS)


def test_the_table_shows_what_a_second_relay_is_for() -> None:
    """R51: with a relay that swallows a domain of 12 % of the voters, 95 % of those have their link
    within 20 minutes when there is a second relay; without one nobody ever has."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text("utf-8").splitlines()]
    shares = {(row[0], row[1]): row[3].split(" / ") for row in rows if len(row) == len(MAIL)}
    assert shares[SWALLOWED.name, "1"] == ["0.0 %"] * 3
    assert float(shares[SWALLOWED.name, "2"][0].removesuffix(" %")) >= 95
    assert float(shares[LATER.name, "2"][0].removesuffix(" %")) >= 95


def test_swallowed_links_go_by_the_second_relay() -> None:
    """R51: in small: who asks again is served by the other relay, before thirty links tell."""
    one = mailed(SWALLOWED.with_one_relay(), 400, "2022")
    two = mailed(SWALLOWED, 400, "2022")
    assert (max(one.within), one.able) == (0, 0)
    assert two.within[0] > 0.5
    assert two.within[2] == two.able > 0.85
    assert (one.wrongly_fell, two.wrongly_fell) == (0, 0)


def test_waits_grow_with_the_share() -> None:
    """The figures of the table are in their order."""
    waits = [of(SLOW).wait(share) for share in (0.5, 0.9, 0.99, 1.0)]
    assert all(a is not None and b is not None and a <= b for a, b in pairwise(waits))
