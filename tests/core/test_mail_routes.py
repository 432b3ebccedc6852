"""Which relay carries an e-mail: the order by domain, and every case of the choice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.delivery import Delivery, DeliveryState
from core.locale import Locale
from core.mail_attempt import MailAttempt, attempts_of, edition, reported
from core.mail_routes import MailRouteState, MailRouteTable, choose
from core.messages import Acceptance, MessageKind

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ACCEPTED, DELIVERED = DeliveryState.ACCEPTED, DeliveryState.DELIVERED
EXPIRED, FAILED = DeliveryState.EXPIRED, DeliveryState.FAILED
TABLE = MailRouteTable.of("a", "b", "c")


def tried(route: str, state: DeliveryState, number: int = 1, **fields: object) -> MailAttempt:
    begun = MailAttempt("r1.link", number, route, "example.org", NOW, number, **fields)
    return begun.accepted(None, NOW).ended(state, None, NOW)


def deferring(route: str, since: timedelta, last: timedelta = SECOND) -> MailAttempt:
    return MailAttempt("r1.link", 1, route, "example.org", NOW - since, 1).deferred(
        "4.2.0", NOW - last
    )


@pytest.mark.parametrize(
    ("made", "failing", "broken", "in_vain", "probes", "chosen"),
    [
        pytest.param([], [], [], [], False, "a", id="the first choice"),
        pytest.param([tried("a", FAILED)], [], [], [], False, "b", id="refused or returned: next"),
        pytest.param(
            [tried("a", FAILED, was_shown=True)], [], [], [], False, "b", id="the link was shown"
        ),
        pytest.param([tried("a", EXPIRED)], [], [], [], False, "b", id="a silent domain: next"),
        pytest.param([tried("a", ACCEPTED)], [], [], [], False, "b", id="had it already"),
        pytest.param([tried("a", DELIVERED)], [], [], [], False, "b", id="never the same again"),
        pytest.param([deferring("a", 59 * SECOND)], [], [], [], False, "a", id="deferred: again"),
        pytest.param([deferring("a", MINUTE)], [], [], [], False, "b", id="deferred past a limit"),
        pytest.param([deferring("b", SECOND)], [], [], [], False, "b", id="may have it already"),
        pytest.param([deferring("b", MINUTE)], [], [], [], False, "a", id="the sound one first"),
        pytest.param(
            [deferring("a", MINUTE), deferring("b", MINUTE, MINUTE), tried("c", FAILED)],
            [],
            [],
            [],
            False,
            "b",
            id="all defer: the one that rested longest",
        ),
        pytest.param(
            [deferring("a", MINUTE), tried("b", FAILED), tried("c", FAILED)],
            [],
            [],
            [],
            False,
            "a",
            id="deferred past a limit, and no other is left",
        ),
        pytest.param([], ["a"], [], [], False, "b", id="its links are not taken: later"),
        pytest.param([], ["a"], [], [], True, "a", id="a probe goes to the failing one"),
        pytest.param([], [], [], [], True, "a", id="nothing to probe"),
        pytest.param([tried("a", FAILED)], ["b"], [], [], True, "c", id="no probe by a resend"),
        pytest.param([], [], ["a"], [], False, "b", id="does not answer: next"),
        pytest.param([deferring("a", SECOND)], [], ["a"], [], False, "b", id="broken meanwhile"),
        pytest.param([], [], ["a", "b", "c"], [], False, "a", id="better a silent one than none"),
        pytest.param([], [], [], ["a"], False, "b", id="the voter asks again"),
        pytest.param([], ["a"], [], ["b"], False, "c", id="failing, in vain, sound"),
        pytest.param([], ["a"], ["c"], ["b"], False, "a", id="failing before in vain and broken"),
        pytest.param([], [], ["a", "c"], ["b"], False, "b", id="in vain before broken"),
        pytest.param(
            [tried(name, FAILED) for name in "abc"], [], [], [], False, None, id="none is left"
        ),
    ],
)
def test_the_choice(made, failing, broken, in_vain, probes, chosen):
    """R51: each case of which relay comes next."""
    state = MailRouteState(failing, broken, in_vain)
    assert choose(TABLE, "example.org", made, state, NOW, probes) == chosen


@pytest.mark.parametrize(
    ("domain", "routes"),
    [
        ("aol.com", ("b", "a")),
        ("AOL.com", ("b", "a")),
        ("mail.aol.com", ("b", "a")),
        ("eu.mail.example.org", ("c",)),
        ("example.org", ("a", "b")),
        ("notaol.com", ("a", "b")),
        ("com", ("a", "b")),
        ("", ("a", "b")),
    ],
)
def test_the_order_by_domain(domain, routes):
    """R51: the longest domain that fits, else the one for everywhere."""
    order = {"*": ("a", "b"), "aol.com": ("b", "a"), "mail.example.org": ("c",)}
    assert MailRouteTable(("a", "b", "c"), order).towards(domain) == routes


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({}, r"for `\*`"),
        ({"*": ()}, r"for `\*`"),
        ({"aol.com": ("a",)}, r"for `\*`"),
        ({"*": ("a",), "aol.com": ()}, "one at least"),
        ({"*": ("a", "x")}, "no route 'x'"),
        ({"*": ("a", "a")}, "twice"),
        ({"*": ("a",), "Aol.com": ("a",)}, "no domain"),
        ({"*": ("a",), "@aol.com": ("a",)}, "no domain"),
    ],
)
def test_a_table_that_cannot_be(order, said):
    """R51: refused when it is made, and said why."""
    with pytest.raises(ValueError, match=said):
        MailRouteTable(("a", "b"), order)


def test_a_limit_in_the_past():
    """R51: no time at all is the least."""
    with pytest.raises(ValueError, match="defers"):
        MailRouteTable(("a",), {"*": ("a",)}, timedelta(seconds=-1))


def test_an_email_of_the_release_before():
    """R51: what 0.2.0 handed over has one attempt, which its record tells."""
    queued = Delivery.queued(MessageKind.LINK, "r1", Locale.FR, NOW)
    assert attempts_of(queued, []) == []
    (only,) = attempts_of(queued.accepted(Acceptance("smtp", "4X"), NOW, "aol.com"), [])
    assert (only.route, only.domain, only.sending, only.reference) == ("smtp", "aol.com", 1, "4X")
    assert only.state is ACCEPTED
    assert only.had_it
    assert attempts_of(queued, [only]) == [only]


@pytest.mark.parametrize(
    ("made", "sending", "number"),
    [
        pytest.param([tried("a", ACCEPTED)], None, 1, id="the only one"),
        pytest.param([tried("a", FAILED), tried("b", ACCEPTED, 2)], None, 2, id="awaited"),
        pytest.param([tried("a", FAILED), tried("b", ACCEPTED, 2)], 1, 1, id="by its name"),
        pytest.param([tried("a", EXPIRED), tried("b", ACCEPTED, 2)], None, 1, id="the first"),
        pytest.param([tried("a", ACCEPTED)], 7, None, id="a try that was made again"),
        pytest.param([deferring("a", SECOND)], 1, None, id="not handed over"),
        pytest.param([tried("a", DELIVERED)], None, 1, id="ended already"),
        pytest.param([], None, None, id="none"),
    ],
)
def test_the_attempt_that_a_report_is_on(made, sending, number):
    """R51, R30: by the sending that it names, else the first whose end is not known."""
    found = reported(made, sending)
    assert (found and found.number) == number


def test_a_text_of_its_own_for_each_link():
    """R34, R51: a link that was shown is replaced, and the Message-ID with it."""
    shown = tried("a", ACCEPTED).ended(FAILED, "5.1.1", NOW, was_shown=True)
    assert edition([]) == edition([tried("a", FAILED)]) == 1
    assert edition([shown, tried("b", FAILED, 2)]) == 2
