"""The port `RequestListing`, and `LookAtRequests` over it, over every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.store.requests_listed import listing_query
from core.attempt import Attempt
from core.delivery import Delivery
from core.locale import Locale
from core.mail_attempt import MailAttempt
from core.messages import Acceptance, MessageKind
from core.reasons import Dismissal
from core.recovery_request import State
from core.request_listing import Place, Wanted
from core.timeline import Step
from core.unreached import Cause
from core.use_cases import look_at_requests
from core.use_cases.look_at_requests import LookAtRequests
from core.voter import Numic

MINUTE = timedelta(minutes=1)


@pytest.fixture
def look(store):
    return LookAtRequests(store.read)


@pytest.fixture
async def requests(store, received, link_sent, noon):
    """Seven, one a minute, and two of one moment; of one it is noted where the voter is counted."""
    dismissed = received("a").dismissed(Dismissal.NO_PHONE, noon + MINUTE, "v1", "rv1")
    made = [
        dismissed,
        link_sent("b", partner="consulat", round_voter="rv2", voter="v2"),
        link_sent("c", state=State.CONFIRMED, confirmed_at=noon + 9 * MINUTE, voter="v2"),
        link_sent("d", state=State.UNDELIVERED, cause=Cause.CAP),
        received("e", partner="consulat"),
        link_sent("f", state=State.DELIVERED, country="CL", constituency="2"),
        received("g"),
        replace(dismissed, id="h"),
    ]
    async with store.begin() as unit:
        for number, each in enumerate(made):
            at = noon + min(number, 6) * MINUTE
            await unit.requests.add(replace(each, received_at=at))
        for id, number, country in (("c", 1, "AR"), ("d", 1, "AR"), ("d", 2, "CL"), ("f", 1, "AR")):
            attempt = Attempt(f"{id}.password", number, "north", country, 70_000, noon)
            await unit.attempts.add(attempt)


async def ids(look, limit=100, after=None, **wanted):
    page = await look.newest(Wanted(**wanted), limit, after)
    return "".join(each.id for each in page.requests)


@pytest.mark.usefixtures("requests")
class TestTheList:
    async def test_the_newest_first(self, look):
        """R45: of one moment by their ids, so that the order is always the same."""
        assert await ids(look) == "hgfedcba"

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
    async def test_in_pages(self, look, size):
        """R45: none twice, none left out, and the last page says that it is."""
        told, after, more = "", None, True
        while more:
            page = await look.newest(Wanted(), size, after)
            told += "".join(each.id for each in page.requests)
            after, more = page.requests[-1].place, page.has_more
        assert told == "hgfedcba"

    async def test_what_arrives_meanwhile_moves_nothing(self, look, store, received, noon):
        """R45: the second page follows the first."""
        first = await look.newest(Wanted(), 3, None)
        async with store.begin() as unit:
            await unit.requests.add(received("z", received_at=noon + 20 * MINUTE))
        assert await ids(look, after=first.requests[-1].place) == "edcba"

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({"states": [State.DISMISSED]}, "ha"),
            ({"states": [State.RECEIVED]}, "ge"),
            ({"states": [State.RECEIVED, State.CONFIRMED]}, "gec"),
            ({"reason": Dismissal.NO_PHONE}, "ha"),
            ({"reason": Dismissal.OVER_QUOTA}, ""),
            ({"partner": "consulat"}, "eb"),
            ({"country": "AR"}, "c"),
            ({"country": "CL"}, "fd"),
            ({"constituency": "2"}, "f"),
            ({"country": "CL", "states": [State.UNDELIVERED]}, "d"),
        ],
    )
    async def test_by_what_is_wanted(self, look, wanted, found):
        """R45: of the country, what was noted stands, else where the latest SMS went."""
        assert await ids(look, **wanted) == found

    async def test_by_the_time_of_the_receipt(self, look, noon):
        """R45: from the first moment on, up to and without the last."""
        assert await ids(look, since=noon + 2 * MINUTE, until=noon + 4 * MINUTE) == "dc"
        place = Place(noon + 3 * MINUTE, "d")
        assert await ids(look, after=place, since=noon + MINUTE) == "cb"

    async def test_what_is_told_of_one(self, look, noon):
        """R42, R45: by the voter's pseudonym in the round, without number, address or link."""
        page = await look.newest(Wanted(partner="consulat"), 1, Place(noon + MINUTE, "z"))
        (found,) = page.requests
        assert (found.id, found.state, found.round_voter, found.round_id) == (
            "b",
            State.LINK_SENT,
            "rv2",
            "2027-1",
        )
        (lost,) = (await look.newest(Wanted(states=[State.UNDELIVERED]), 5)).requests
        assert (lost.cause, lost.country, lost.changed_at) == (Cause.CAP, "CL", noon)
        for secret in ("00012345", "camille", "pair", "'v2'"):
            assert secret not in repr([found, lost])

    async def test_never_more_than_a_page(self, look, monkeypatch):
        """R38: whatever is asked for."""
        monkeypatch.setattr(look_at_requests, "LONGEST_PAGE", 2)
        page = await look.newest(Wanted(), 1000)
        assert (len(page.requests), page.has_more) == (2, True)

    async def test_those_of_a_voter(self, store):
        """R45: decided on by pseudonym, of the round or of a key; those that wait by the number."""

        async def of(known_as, numbers, limit=10):
            async with store.read() as unit:
                return "".join(await unit.listing.of_voter(known_as, numbers, limit))

        assert await of(["v2", "rv1"], []) == "hcba"
        assert await of(["rv2"], []) == "b"
        assert await of([], [Numic("00012345")]) == "ge"
        assert await of(["v2"], [Numic("00012345")], 3) == "gec"
        assert await of(["nobody"], [Numic("00067890")]) == ""


async def test_one_with_its_timeline(look, store, link_sent, noon):
    """R45: of the request, its e-mail and its SMS, as the store has kept them."""
    request = link_sent(confirmed_at=noon + MINUTE, state=State.PASSWORD_SENT)
    mail = Delivery.queued(MessageKind.LINK, "r1", Locale.FR, noon)
    sms = Delivery.queued(MessageKind.PASSWORD, "r1", Locale.FR, noon + MINUTE)
    part = MailAttempt("r1.link", 1, "own", "example.org", noon, 1).accepted(None, noon)
    attempt = Attempt("r1.password", 1, "north", "AR", 70_000, noon + MINUTE)
    async with store.begin() as unit:
        await unit.requests.add(request)
        await unit.deliveries.add(mail)
        await unit.deliveries.add(sms)
        await unit.mail_attempts.add(part)
        await unit.attempts.add(attempt)
        accepted = attempt.accepted(Acceptance("north"), noon + 2 * MINUTE, MINUTE)
        await unit.attempts.save(accepted, was=attempt)
    looked = await look.one("r1")
    assert looked.listed.country == "AR"
    assert [each.step for each in looked.entries] == [
        Step.RECEIVED,
        Step.LINK_ISSUED,
        Step.EMAIL_HANDED_OVER,
        Step.CONFIRMED,
        Step.SMS_HANDED_OVER,
    ]
    assert await look.one("r2") is None


@pytest.mark.parametrize("after", [None, "place"])
async def test_each_state_comes_from_an_index_in_its_order(diskless_store, noon, after):
    """R38: a page reads as many rows as it shows of each state, however many there are."""
    query, values = listing_query(Wanted(), 50, after and Place(noon, "x"))
    async with diskless_store.read() as unit:
        plan = [row[-1] for row in await unit.sql.fetch(f"EXPLAIN QUERY PLAN {query}", *values)]
    indexes = [step for step in plan if step.startswith(("SEARCH asked", "SCAN asked"))]
    assert len(indexes) == len(State)
    decided = [each for each in indexes if "INDEX recovery_request_newest " in each]
    undecided = [each for each in indexes if "INDEX recovery_request_undecided" in each]
    assert (len(decided), len(undecided)) == (len(State) - 1, 1)
