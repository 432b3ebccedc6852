"""A relay whose links to one mailbox domain nobody uses falls there, and others take over (R51)."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

import pytest

from core.delivery import Delivery, DeliveryState
from core.errors import Overtaken, StoreUnavailable
from core.events import EmailRerouted, MailRouteFell, MailRouteRecovered
from core.link_shares import LinkShareRule
from core.locale import Locale
from core.mail_attempt import UNHEARD, MailAttempt
from core.messages import Acceptance, MessageKind
from core.one_time_link import OneTimeLink
from core.recovery_request import RecoveryRequest, State
from core.route_health import Health
from core.voter import Numic

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
WITHIN = 5 * MINUTE


@pytest.fixture
def relays(portal):
    return portal.mail_by("a", "b")


@pytest.fixture
def carried(portal, relays):
    """Stores links that a relay took so long ago, of which some were used two minutes later; the
    ids of the unused ones' e-mails."""
    numbers = count()

    async def carry(domain, links, taken, route="a", ago=6 * MINUTE):
        at, unused = portal.clock.now() - ago, []
        async with portal.begin() as unit:
            for number in range(links):
                id, used = f"r{next(numbers)}", number < taken
                link = OneTimeLink(portal.keyring.newest, b"n", id.encode(), at + HOUR, 5)
                request = RecoveryRequest(
                    id,
                    Numic("00012345"),
                    None,
                    "pair",
                    Locale.FR,
                    at,
                    state=State.CONFIRMED if used else State.LINK_SENT,
                    voter=id,
                    round_id=portal.round.id,
                    link=link,
                    confirmed_at=at + 2 * MINUTE if used else None,
                )
                mail = Delivery.queued(MessageKind.LINK, id, Locale.FR, at)
                attempt = MailAttempt(mail.id, 1, route, domain, at, 1).accepted(None, at)
                await unit.requests.add(request)
                await unit.deliveries.add(mail.accepted(Acceptance(route), at, domain))
                await unit.mail_attempts.add(attempt)
                unused += [] if used else [mail.id]
        return unused

    return carry


async def verdicts(portal):
    async with portal.store.read() as unit:
        found = await unit.mail_routes.verdicts()
    return {(each.route, each.domain): each.health for each in found}


def alerts(portal):
    kinds = MailRouteFell | MailRouteRecovered
    return [each for each in portal.events.kept if isinstance(each, kinds)]


async def test_a_silent_domain(portal, carried):
    """R51: thirty links of which none is used, where others use theirs: an alert, once, and all of
    them go out again by the next relay."""
    unused = await carried("aol.com", 30, 0)
    await carried("example.org", 60, 36)
    assert await portal.watch_links() == 30
    assert alerts(portal) == [MailRouteFell("a", "aol.com", 0, 30, 0.6)]
    assert await verdicts(portal) == {("a", "aol.com"): Health.FAILING}
    told = [each for each in portal.events.kept if isinstance(each, EmailRerouted)]
    assert {each.reason for each in told} == {UNHEARD}
    for mail in unused:
        assert (await portal.delivery(mail)).state is DeliveryState.QUEUED
    assert {f"resend_email:{mail}.1" for mail in unused} <= await portal.due()
    assert await portal.watch_links() == 0
    assert len(alerts(portal)) == 1


@pytest.mark.parametrize(
    ("here", "others"),
    [
        pytest.param((29, 0), (60, 36), id="too few links"),
        pytest.param((30, 0), (29, 18), id="too few elsewhere"),
        pytest.param((30, 12), (60, 36), id="as many as chance allows"),
        pytest.param((30, 0), (60, 0), id="nobody uses links now"),
    ],
)
async def test_what_is_no_silence(portal, carried, here, others):
    """R51: no alert, and nobody is written to twice."""
    await carried("aol.com", *here)
    await carried("example.org", *others)
    assert await portal.watch_links() == 0
    assert alerts(portal) == []


async def test_links_have_their_time_first(portal, carried):
    """R51: what was sent less than five minutes ago says nothing yet."""
    await carried("aol.com", 30, 0, ago=WITHIN - SECOND)
    await carried("example.org", 60, 36)
    assert await portal.watch_links() == 0
    portal.clock.advance(2 * SECOND)
    assert await portal.watch_links() == 30


async def test_young_links_go_with_the_old_ones(portal, carried):
    """R51: once a relay has fallen, all that wait by it are sent again."""
    await carried("aol.com", 30, 0)
    await carried("aol.com", 5, 0, ago=MINUTE)
    await carried("example.org", 60, 36)
    assert await portal.watch_links() == 35


async def test_an_hour_with_few_links(portal, carried):
    """R51: then a longer stretch tells, up to a day, beside the others of the same stretch."""
    for hours in range(1, 8):
        await carried("aol.com", 5, 0, ago=hours * HOUR)
        await carried("example.org", 60, 36, ago=hours * HOUR)
    await portal.watch_links()
    assert [each.domain for each in alerts(portal)] == ["aol.com"]


async def test_the_hour_tells_before_the_day(portal, carried):
    """R51: what was well all day has fallen by the last hour's links; what fell long ago and is
    well since has not."""
    await carried("aol.com", 300, 180, ago=6 * HOUR)
    await carried("aol.com", 30, 0)
    await carried("yahoo.com", 300, 0, ago=6 * HOUR)
    await carried("yahoo.com", 30, 18)
    await carried("example.org", 300, 180, ago=6 * HOUR)
    await carried("example.org", 60, 36)
    await portal.watch_links()
    assert [each.domain for each in alerts(portal)] == ["aol.com"]


async def test_without_another_relay_it_is_an_alert_only(portal, carried):
    """R51, R32: with one relay nothing else can be done."""
    portal.mail_by("a")
    unused = await carried("aol.com", 30, 0)
    await carried("example.org", 60, 36)
    assert await portal.watch_links() == 0
    assert len(alerts(portal)) == 1
    assert (await portal.delivery(unused[0])).state is DeliveryState.ACCEPTED


async def test_used_and_ended_links_are_left(portal, carried):
    """R51: only who may be waiting is written to again."""
    unused = await carried("aol.com", 40, 5)
    await carried("example.org", 100, 90)
    async with portal.begin() as unit:
        was = await unit.requests.get(unused[0].removesuffix(".link"))
        await unit.requests.save(was.mail_failed(portal.clock.now()), was=was)
    assert await portal.watch_links() == 34


async def test_a_probe_that_is_not_used_goes_out_again(portal, carried):
    """R51: a link that probes a fallen relay waits five minutes for its voter, no longer."""
    await carried("aol.com", 30, 0)
    await carried("example.org", 60, 36)
    await portal.watch_links()
    portal.clock.advance(MINUTE)
    (probe,) = await carried("aol.com", 1, 0, ago=timedelta(0))
    assert await portal.watch_links() == 0
    portal.clock.advance(WITHIN)
    assert await portal.watch_links() == 1
    assert (await portal.delivery(probe)).state is DeliveryState.QUEUED


async def test_it_recovers_by_its_probes(portal, carried):
    """R51: ten links since the fall that are used as elsewhere; said once."""
    await carried("aol.com", 30, 0)
    await carried("example.org", 60, 36)
    await portal.watch_links()
    portal.clock.advance(2 * HOUR)
    await carried("aol.com", 10, 6)
    await carried("example.org", 60, 36)
    await portal.watch_links()
    assert alerts(portal)[1:] == [MailRouteRecovered("a", "aol.com", 6, 10, 0.6)]
    assert await verdicts(portal) == {("a", "aol.com"): Health.SOUND}
    await portal.watch_links()
    assert len(alerts(portal)) == 2


async def test_a_fallen_relay_comes_last_in_its_domain_alone(portal, relays, carried):
    """R51: the next link there goes by the other; a probe, one in twenty, by the fallen one."""
    portal.link_shares = LinkShareRule(probe_one_in=0)
    portal.wire()
    await carried("example.org", 30, 0)
    await carried("aol.com", 60, 36)
    await portal.watch_links()
    request = await portal.ask_and_decide()
    await portal.deliver_email(f"{request.id}.link")
    assert [len(each.sent) for each in relays.values()] == [0, 1]
    portal.link_shares = LinkShareRule(probe_one_in=1)
    portal.wire()
    portal.clock.advance(25 * HOUR)
    request = await portal.ask_and_decide()
    await portal.deliver_email(f"{request.id}.link")
    assert [len(each.sent) for each in relays.values()] == [1, 1]


async def test_several_workers_send_each_link_again_once(portal, carried):
    """R51, R29: of two that judge at once one says so, and each link goes out once."""
    await carried("aol.com", 30, 0)
    await carried("example.org", 60, 36)
    sent = await portal.at_once(portal.watch_links(), portal.watch_links())
    assert sum(each for each in sent if isinstance(each, int)) == 30
    assert len(alerts(portal)) == 1


async def test_a_store_that_lets_others_go_first(portal, carried):
    """R51: a link that is in somebody's way goes out with the next look, the others at once."""
    await carried("aol.com", 30, 0)
    await carried("example.org", 60, 36)
    portal.begin.sparing, portal.begin.failing, portal.begin.failure = 1, 1, Overtaken
    assert await portal.watch_links() == 29
    assert await portal.watch_links() == 1


async def test_without_the_store(portal, carried):
    """R29: the worker tries again."""
    await carried("aol.com", 30, 0)
    await carried("example.org", 60, 36)
    portal.begin.failing = 1
    with pytest.raises(StoreUnavailable):
        await portal.watch_links()
    assert alerts(portal) == []
    assert await portal.watch_links() == 30
