"""What others do in a voter's name for a day, on every engine: a relative who reads the mailbox, a
stranger who knows number and address."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import LinkProblem, LinkRejected
from core.policy import STANDARD
from core.voter import Identifier

WRONG = Identifier.parse("AAAAAAAAAAAA")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def often(sparser) -> timedelta:
    """What those who ask all day wait: two minutes with `--at-length`, eight otherwise."""
    return 2 * MINUTE * sparser


async def test_a_relative_who_reads_the_mailbox(voting, clock, often):
    """R61: A1, A7: somebody who asks all day and confirms each link renews three times; the voter's
    last password stays good for the 23 hours after. With the notices there are six e-mails; the SMS
    of the third renewal says that it was the last, and whom to ask."""
    begun, renewed, written = clock.now(), [], 0
    while clock.now() < begun + DAY - often:
        request, token = await voting.ask()
        written += request.written_at is not None
        if token:
            await voting.confirm(token)
            renewed.append(clock.now())
        clock.advance(often)
    assert len(renewed) == STANDARD.renewals_per_day
    assert begun + DAY - renewed[-1] > 23 * HOUR
    assert written + len(renewed) == STANDARD.messages_per_day


@pytest.mark.parametrize(("networks", "most"), [(1, 5), (3, 15), (4, 20), (50, 150)])
async def test_a_relative_who_guesses_identifiers(voting, clock, often, networks, most):
    """R16, R61: A14: a day of wrong identifiers, typed at once into each link that comes, from one
    network or from many: three links bear twenty guesses each, or three of each network; the
    voter redeems her latest link from her own."""
    begun, guesses, latest = clock.now(), 0, None
    while clock.now() < begun + DAY - HOUR:
        _, token = await voting.ask()
        latest = token or latest
        for number in range(networks * 5 if token else 0):
            try:
                await voting.confirm(token, WRONG, f"203.0.113.{number % networks}")
            except LinkRejected as refusal:
                guesses += refusal.problem is LinkProblem.IDENTIFIER_MISMATCH
        clock.advance(2 * often)
    assert guesses == 3 * most
    await voting.confirm(latest, network="198.51.100.7")


async def test_links_to_a_mailbox_that_bounces(voting, store, clock, often):
    """R26, R61: a stranger who asks all day, while each e-mail comes back at once, causes six of
    them and then at most one an hour; once the mailbox is repaired, its owner is sent a link within
    the hour, and the link works."""
    begun, sent, token = clock.now(), 0, None
    while clock.now() < begun + DAY - often:
        request, newer = await voting.ask()
        if newer:
            sent += 1
            async with store.begin() as unit:
                await unit.requests.save(request.mail_failed(clock.now()), was=request)
        clock.advance(often)
    most = STANDARD.messages_per_day
    assert most + 20 <= sent <= most + 23
    repaired = clock.now()
    while token is None:
        _, token = await voting.ask()
        clock.advance(2 * MINUTE)
    assert clock.now() - repaired <= HOUR
    await voting.confirm(token)


async def test_wrong_identifiers_at_once(voting):
    """R16: of many that one network sends at once no more are judged than it has tries."""
    _, token = await voting.ask()
    wrong = [voting.confirm(token, WRONG, "203.0.113.7") for _ in range(12)]
    heard = [each.problem for each in await asyncio.gather(*wrong, return_exceptions=True)]
    assert heard.count(LinkProblem.IDENTIFIER_MISMATCH) == STANDARD.link_attempts
    assert heard.count(LinkProblem.REVOKED) == 12 - STANDARD.link_attempts
    await voting.confirm(token)


async def test_a_guess_while_the_link_is_given_another_end(voting, store, clock):
    """R16: whoever saves the link as it was read before the guess gives no try back."""
    request, token = await voting.ask()
    with pytest.raises(LinkRejected):
        await voting.confirm(token, WRONG, "203.0.113.7")
    longer = replace(request, link=request.link.living_until(clock.now() + HOUR))
    async with store.begin() as unit:
        await unit.requests.save(longer, was=request)
        link = (await unit.requests.get(request.id)).link
    left = STANDARD.link_attempts_in_all - 1
    assert (link.expires_at, link.attempts_left) == (clock.now() + HOUR, left)


async def test_a_stranger_who_asks_a_thousand_times(voting, clock, sparser):
    """R26, R61: A7: a thousand requests (250 unless `--at-length`) within 48 hours cause three
    e-mails in any 24, and after each of them the voter's latest link works. Then she renews, her
    SMS does not arrive, and there is room for another link and its notice."""
    written, token = [], None
    for _ in range(1000 // sparser):
        clock.advance(2 * DAY / 1000 * sparser)
        _, newer = await voting.ask()
        if newer:
            token = newer
            written.append(clock.now())
        assert (await voting.inspect(token)).problem is None
    most = max(sum(at <= other < at + DAY for other in written) for at in written)
    assert most == 3
    assert len(written) <= STANDARD.messages_per_round
    for _ in range(2):
        await voting.confirm(token)
        clock.advance(2 * MINUTE)
        _, token = await voting.ask()
    assert token is None
