"""Which route carries an SMS: the table, and every case of the choice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from core.attempt import Attempt, delivery_and_number
from core.delivery import DeliveryState
from core.messages import Acceptance
from core.receipts import Receipt
from core.routes import (
    ANYWHERE,
    Route,
    RouteState,
    RouteTable,
    choose,
    is_probe,
    is_resendable,
    used_up,
)
from core.spending import Charged, SpendingRule, block_of
from core.voter import PhoneNumber

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ACCEPTED, DELIVERED = DeliveryState.ACCEPTED, DeliveryState.DELIVERED
EXPIRED, FAILED, QUEUED = DeliveryState.EXPIRED, DeliveryState.FAILED, DeliveryState.QUEUED
A, B, C = Route("a"), Route("b"), Route("c")
MOBILE = PhoneNumber("+5491155550001")


def tried(route: str, state: DeliveryState, number: int = 1, **fields: object) -> Attempt:
    return Attempt("r1.password", number, route, "AR", 0, NOW, state, **fields)


@pytest.mark.parametrize(
    ("made", "passed_over", "failing", "broken", "probes", "chosen"),
    [
        pytest.param([], [], [], [], False, A, id="the first choice"),
        pytest.param([tried("a", FAILED)], [], [], [], False, B, id="refused: the next"),
        pytest.param([tried("a", EXPIRED)], [], [], [], False, B, id="no receipt: the next"),
        pytest.param([tried("a", ACCEPTED)], [], [], [], False, B, id="had it already"),
        pytest.param([tried("a", QUEUED)], [], [], [], False, A, id="a crash: the same again"),
        pytest.param([tried("b", QUEUED)], [], [], [], False, B, id="may have it already"),
        pytest.param([tried("a", QUEUED)], ["a"], [], [], False, B, id="busy: the next"),
        pytest.param([], [], ["a"], [], False, B, id="delivers too little here: later"),
        pytest.param([], [], ["a", "b", "c"], [], False, A, id="better a bad one than none"),
        pytest.param([], ["b", "c"], ["a"], [], False, A, id="a bad one when the others are busy"),
        pytest.param([], [], [], ["a"], False, B, id="does not answer: the next"),
        pytest.param([], [], ["b"], ["a"], False, C, id="a broken, b failing"),
        pytest.param([], [], [], ["a", "b", "c"], False, None, id="none answers: not now"),
        pytest.param([], [], ["b"], [], True, B, id="a probe goes to the fallen one"),
        pytest.param([], [], [], [], True, A, id="nothing to probe"),
        pytest.param([tried("a", FAILED)], [], ["b"], [], True, C, id="never probed by a resend"),
        pytest.param([tried("a", QUEUED)], [], ["a"], [], False, B, id="fallen since: not first"),
        pytest.param(
            [tried("a", FAILED), tried("b", EXPIRED, 2), tried("c", FAILED, 3)],
            [], [], [], False, None, id="all had it",
        ),
    ],
)  # fmt: skip
def test_the_choice(made, passed_over, failing, broken, probes, chosen):
    """R31: the table of cases of the choice."""
    state = RouteState(failing, broken)
    assert choose([A, B, C], made, passed_over, state, probes) == chosen


@pytest.mark.parametrize(
    ("in_vain", "failing", "chosen"),
    [(["a"], [], B), (["a"], ["b"], C), (["a", "c"], ["b"], B), (["a", "b", "c"], [], A)],
)
def test_routes_that_served_in_vain_come_last(in_vain, failing, chosen):
    """R31: behind those that deliver too little to others, and still better than none."""
    state = RouteState(failing=failing, in_vain=in_vain)
    assert choose([A, B, C], [], [], state) == chosen


def test_only_routes_that_had_the_sms_are_used_up():
    """R31: an attempt that is still open leaves its route in the choice."""
    assert used_up([tried("a", QUEUED), tried("b", ACCEPTED, 2)]) == {"b"}


@pytest.mark.parametrize(
    ("prefixes", "number", "handed"),
    [
        ({}, "+5491155550001", "+5491155550001"),
        ({"+549": "+54"}, "+5491155550001", "+541155550001"),
        ({"+549": "+54"}, "+541155550001", "+541155550001"),
        ({"+549": "+54"}, "+33639980001", "+33639980001"),
        ({"+54": "+549", "+549": "+549"}, "+541155550001", "+5491155550001"),
        ({"+54": "+549", "+549": "+549"}, "+5491155550001", "+5491155550001"),
        ({"+549": "+54"}, "+5499115555000", "+549115555000"),
    ],
)
def test_a_number_as_the_provider_wants_it(prefixes, number, handed):
    """R35: N5: whether Argentina's mobiles are written with their 9 is the provider's choice; the
    longest beginning is replaced, once."""
    assert Route("a", prefixes=prefixes).written(PhoneNumber(number)) == PhoneNumber(handed)


class TestTable:
    TABLE = RouteTable(
        {"a": A, "b": B, "c": C},
        {"AR": ("a", "b"), "+54911": ("c",), "RU": (), ANYWHERE: ("b",)},
    )

    @pytest.mark.parametrize(
        ("number", "country", "routes"),
        [
            ("+5491155550001", "AR", (C,)),
            ("+5435155550001", "AR", (A, B)),
            ("+33639980001", "FR", (B,)),
            ("+79000000000", "RU", ()),
        ],
    )
    def test_the_longest_prefix_wins_then_the_country(self, number, country, routes):
        """R28, R31: and a destination without routes is served by none."""
        assert self.TABLE.towards(PhoneNumber(number), country) == routes

    def test_without_anywhere_only_the_named_are_served(self):
        """R28: the table is the allow-list."""
        table = RouteTable({"a": A}, {"AR": ("a",)})
        assert table.towards(PhoneNumber("+33639980001"), "FR") == ()

    def test_one_route_serves_everywhere(self):
        assert RouteTable.of_one(A).towards(MOBILE, "AR") == (A,)

    @pytest.mark.parametrize(
        ("routes", "order"),
        [({}, {}), ({"a": A}, {"AR": ("z",)}), ({"a": A}, {"AR": ("a", "a")})],
    )
    def test_what_makes_no_sense_is_refused(self, routes, order):
        with pytest.raises(ValueError, match="route"):
            RouteTable(routes, order)

    @pytest.mark.parametrize(
        "fields",
        [
            {"rate": 0},
            {"burst": 0},
            {"receipt_within": timedelta(0)},
            {"prefixes": {"549": "+54"}},
            {"prefixes": {"+549": ""}},
        ],
    )
    def test_a_route_that_makes_no_sense_is_refused(self, fields):
        with pytest.raises(ValueError, match="route x"):
            Route("x", **fields)

    def test_the_cost_of_a_country_or_of_the_rest(self):
        route = Route("a", cost={"AR": 120_000, ANYWHERE: 60_000})
        assert (route.cost_to("AR"), route.cost_to("FR"), A.cost_to("AR")) == (120_000, 60_000, 0)


class TestResending:
    def test_only_with_a_receipt_to_come_and_a_route_left(self):
        """R20: the seed is kept for just so long."""
        waiting = tried("a", ACCEPTED, receipt_due_at=NOW + MINUTE)
        assert is_resendable([A, B], [waiting])
        assert not is_resendable([A], [waiting])
        assert not is_resendable([A, B], [tried("a", ACCEPTED)])
        last = tried("b", ACCEPTED, 2, receipt_due_at=NOW + MINUTE)
        assert not is_resendable([A, B], [waiting, last])
        assert not is_resendable([A, B], [])
        begun = tried("b", QUEUED, 1)
        waiting = tried("a", ACCEPTED, 2, receipt_due_at=NOW + MINUTE)
        assert is_resendable([A, B], [begun, waiting])

    def test_one_in_so_many_is_a_probe(self):
        """R31: always the same ones, so that a retry decides the same."""
        ids = [f"r{number}.password" for number in range(4000)]
        share = sum(is_probe(each, 20) for each in ids)
        assert 120 < share < 280
        assert not any(is_probe(each, 0) for each in ids)
        assert [is_probe(each, 20) for each in ids] == [is_probe(each, 20) for each in ids]


class TestAttempt:
    def receipt(self, state, **fields):
        return Receipt("a", state, NOW + MINUTE, attempt="r1.password.1", **fields)

    def test_it_waits_for_its_receipt(self):
        """R30: from the hand-over on, for as long as the route is given."""
        accepted = tried("a", QUEUED).accepted(Acceptance("a", "ref"), NOW, MINUTE)
        assert (accepted.state, accepted.reference) == (ACCEPTED, "ref")
        assert accepted.receipt_due_at == NOW + MINUTE
        assert tried("a", QUEUED).accepted(Acceptance("a"), NOW, None).receipt_due_at is None

    @pytest.mark.parametrize("before", [ACCEPTED, FAILED, EXPIRED])
    def test_delivered_is_the_last_word(self, before):
        """R30: whatever came before it, and nothing that comes after changes it."""
        delivered = tried("a", before).receipted(self.receipt(DELIVERED, operator="72207"), NOW)
        assert (delivered.state, delivered.operator) == (DELIVERED, "72207")
        for after in (ACCEPTED, FAILED, EXPIRED, DELIVERED):
            assert delivered.receipted(self.receipt(after), NOW) == delivered

    @pytest.mark.parametrize("order", list(permutations([ACCEPTED, EXPIRED, FAILED])))
    def test_the_order_of_receipts_does_not_matter(self, order):
        """R30: nor do repetitions: a clear no outweighs a validity that ran out."""
        attempt = tried("a", ACCEPTED)
        for state in (*order, *order):
            attempt = attempt.receipted(self.receipt(state, reason=state.value), NOW)
        assert (attempt.state, attempt.reason) == (FAILED, "failed")

    def test_nobody_knows_of_a_receipt_that_is_missing(self):
        """R30: a receipt that says so is another matter."""
        assert tried("a", ACCEPTED).missing(NOW).is_unheard
        assert not tried("a", ACCEPTED).receipted(self.receipt(EXPIRED), NOW).is_unheard
        assert not tried("a", ACCEPTED).missing(NOW).receipted(self.receipt(FAILED), NOW).is_unheard

    def test_its_name_can_be_read_back(self):
        assert delivery_and_number(tried("a", QUEUED, 12).id) == ("r1.password", 12)

    @pytest.mark.parametrize("name", ["", "x", ".1", "r1.password.", "r1.x", "r.1234567", "r.²"])
    def test_no_other_name_is_read(self, name):
        assert delivery_and_number(name) is None

    def test_a_receipt_says_what_it_reports_on(self):
        with pytest.raises(ValueError, match="names"):
            Receipt("a", DELIVERED, NOW)
        with pytest.raises(ValueError, match="handed over"):
            Receipt("a", QUEUED, NOW, reference="x")


class TestSpending:
    @pytest.mark.parametrize(
        ("charged", "cap"),
        [
            (Charged(10, 100, 1000), None),
            (Charged(11, 100, 1000), "prefix"),
            (Charged(10, 101, 1000), "country"),
            (Charged(10, 100, 1001), "day's cost"),
        ],
    )
    def test_a_cap_is_named_when_broken(self, charged, cap):
        """R28: up to the cap, not beyond."""
        assert SpendingRule(10, 100, 1000).breach(charged) == cap
        assert SpendingRule().breach(charged) is None

    @pytest.mark.parametrize(
        ("charged", "is_first", "cap"),
        [
            (Charged(5, 50, 500), False, None),
            (Charged(6, 50, 500), False, "prefix"),
            (Charged(5, 51, 500), False, "country"),
            (Charged(5, 50, 501), False, "day's cost"),
            (Charged(6, 51, 501), True, None),
            (Charged(11, 50, 500), True, "prefix"),
        ],
    )
    def test_a_part_is_kept_for_first_renewals(self, charged, is_first, cap):
        """R61: A2: who has had an SMS leaves half of each cap to those who have had none."""
        assert SpendingRule(10, 100, 1000).breach(charged, is_first) == cap
        assert SpendingRule(1).breach(Charged(1, 1, 1), is_first=False) is None
        assert SpendingRule(10, 100, 1000, first_share=0).breach(Charged(10, 1, 1), False) is None

    def test_a_block_is_the_country_and_the_first_digits(self):
        """R28: seven digits after the plus sign."""
        assert block_of(MOBILE) == "+5491155"
