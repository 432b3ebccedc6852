"""One voter's renewals stopped by an operator, on every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.register.memory import MemoryRegister
from core.errors import LinkRejected
from core.events import VoterFrozen, VoterUnfrozen
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.reasons import Dismissal
from core.recovery_request import RecoveryRequest, State
from core.use_cases.freeze_voters import FreezeVoters
from core.voter import Numic
from core.voter_freeze import VoterFreeze
from tests.contracts.conftest import NUMIC, VOTER
from tests.rehearsal import KeptEvents

HOUR = timedelta(hours=1)
WHY = "a relative reads the mailbox"


@pytest.fixture
def freezing(voting):
    """Makes the verb over a ring of keys."""

    def make(keyring=voting.keyring):
        return FreezeVoters(
            voting.store.begin,
            voting.store.read,
            voting.register,
            keyring,
            voting.clock,
            voting.randomness,
            KeptEvents(),
        )

    return make


async def states(store):
    async with store.read() as unit:
        return [tuple(row) for row in await unit.sql.fetch("SELECT state FROM recovery_request")]


async def test_from_the_next_request_on(voting, freezing, clock):
    """R61, A1: a request gets no link but an explanation, twice a day at most; a link that was sent
    is refused without being used up, and works once renewals go on."""
    verb = freezing()
    request, token = await voting.ask()
    assert await verb.freeze(voting.numic, "jeanne", WHY)
    with pytest.raises(LinkRejected, match="RENEWALS_STOPPED"):
        await voting.confirm(token)
    clock.advance(5 * HOUR / 60)
    reasons = []
    for _ in range(4):
        asked, none = await voting.ask()
        reasons.append((asked.reason, asked.written_at is not None))
        assert none is None
        clock.advance(5 * HOUR / 60)
    told, withheld = (Dismissal.RENEWALS_FROZEN, True), (Dismissal.OVER_QUOTA, False)
    assert reasons == [told, told, withheld, withheld]
    await verb.unfreeze(voting.numic, "paul")
    await voting.confirm(token)
    async with voting.store.read() as unit:
        assert (await unit.requests.get(request.id)).state is State.DELIVERED
        assert (await unit.requests.get(request.id)).link.attempts_left == 20


async def test_nobody_else_is_stopped(voting, freezing, store, noon):
    """R61, A1: an order holds for one voter."""
    other = VoterFreeze("f1", {"2027": "another"}, noon, "jeanne", WHY)
    async with store.begin() as unit:
        assert await unit.freezes.add(other)
    _, token = await voting.ask()
    await voting.confirm(token)


async def test_an_order_and_confirmations_at_once(voting, freezing, clock):
    """R61, A1: what was not redeemed when the order is durable never is."""
    verb, tokens = freezing(), []
    for _ in range(3):
        tokens.append((await voting.ask())[1])
        clock.advance(3 * HOUR / 60)
    token = next(each for each in reversed(tokens) if each)
    ended = await asyncio.gather(
        voting.confirm(token), verb.freeze(voting.numic, "jeanne", WHY), return_exceptions=True
    )
    assert not isinstance(ended[1], Exception)
    assert ended[0] is None or ended[0].code == "RENEWALS_STOPPED"
    before = await states(voting.store)
    with pytest.raises(LinkRejected, match=r"RENEWALS_STOPPED|LINK_USED"):
        await voting.confirm(token)
    assert await states(voting.store) == before


async def test_an_order_waits_for_a_decision(voting, freezing, store, clock):
    """R61, A1: who counts to decide about the voter is not overtaken: what was counted still holds
    in that commit, and the order is durable after it."""
    verb, voters = freezing(), voting.keyring.pseudonyms(voting.numic.value)
    async with store.begin() as unit:
        await unit.history.of((), voters, clock.now(), clock.now(), "")
        order = asyncio.create_task(verb.freeze(voting.numic, "jeanne", WHY))
        done, _ = await asyncio.wait([order], timeout=0.3)
        assert not done
    assert await order


async def test_two_orders_at_once(voting, freezing):
    """R61: one is kept, the other is told so."""
    verb = freezing()
    calls = (verb.freeze(voting.numic, name, WHY) for name in ("jeanne", "paul", "zoe"))
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert sorted(map(str, ended)) == ["True", *["this voter's renewals are stopped already"] * 2]
    assert len(await verb.all()) == len(verb.events.kept) == 1


async def test_the_trace(voting, freezing, clock, noon, keyring):
    """R61, R44: who, when and why, by pseudonyms alone; it stays after the end."""
    verb, pseudonyms = freezing(), keyring.pseudonyms(voting.numic.value)
    await verb.freeze(voting.numic, "jeanne", WHY)
    clock.advance(HOUR)
    await verb.unfreeze(voting.numic, "paul")
    with pytest.raises(ValueError, match="are not stopped"):
        await verb.unfreeze(voting.numic, "paul")
    voters = dict(zip(("2027", "2026"), pseudonyms, strict=True))
    (kept,) = await verb.all()
    ended = VoterFreeze(kept.id, voters, noon, "jeanne", WHY, noon + HOUR, "paul")
    assert kept == ended
    assert not kept.is_in_force
    assert verb.events.kept == [
        VoterFrozen(pseudonyms[0], "jeanne"),
        VoterUnfrozen(pseudonyms[0], "paul"),
    ]
    await verb.freeze(voting.numic, "jeanne", WHY)
    assert [each.is_in_force for each in await verb.all()] == [False, True]
    assert voting.numic.value not in repr(await verb.all())


async def test_what_was_done_in_her_name_before_counts_no_more(voting, freezing, clock):
    """R61: A14: somebody has renewed three times, and revoked what links came by guessing from many
    networks; the cell stops the renewals, has the address on file corrected, lets them go on, and
    the voter renews at once, as often as anyone."""
    for _ in range(3):
        _, token = await voting.ask()
        await voting.confirm(token)
        clock.advance(timedelta(minutes=2))
    request, _ = await voting.ask()
    assert request.link is None
    verb = freezing()
    await verb.freeze(voting.numic, "jeanne", WHY)
    clock.advance(timedelta(minutes=30))
    await verb.unfreeze(voting.numic, "paul")
    for number in range(4):
        clock.advance(timedelta(minutes=2))
        _, token = await voting.ask()
        assert bool(token) is (number < 3)
        if token:
            await voting.confirm(token)


async def test_keys_come_and_go(voting, freezing, keyring):
    """R14, R61: an order is known under every key of the ring, older and newer; given again, it is
    carried to keys that came since, and one word ends all of it."""
    newer = Keyring((SecretKey("2028", b"m" * 32), *keyring.keys))
    newest_alone = Keyring(newer.keys[:1])
    await freezing().freeze(voting.numic, "jeanne", WHY)
    for each in keyring.keys:  # a process that has only one of them
        one = replace(voting.send, keyring=Keyring((each,)))
        async with voting.store.read() as unit:
            voters = one.keyring.pseudonyms(voting.numic.value)
            found = await unit.history.of((), voters, voting.clock.now(), voting.clock.now(), "")
        assert found.is_frozen
    (first,) = await freezing().all()
    assert (first.outlives_rotation(keyring), first.outlives_rotation(newer)) == (True, False)
    await freezing(newer).freeze(voting.numic, "paul", "the same")
    first, second = await freezing().all()
    assert (first.is_in_force, first.unfrozen_by) == (False, "paul")
    assert second.outlives_rotation(newer)
    with pytest.raises(ValueError, match="stopped already"):
        await freezing(newer).freeze(voting.numic, "paul", "the same")
    await freezing(newest_alone).unfreeze(voting.numic, "jeanne")
    assert not any(each.is_in_force for each in await freezing().all())
    _, token = await voting.ask()
    await voting.confirm(token)


@pytest.mark.parametrize(
    ("numic", "by", "why", "said"),
    [
        ("00099999", "jeanne", WHY, "no voter with this NUMIC"),
        ("00012345", "", WHY, "by has 1 to 200 characters"),
        ("00012345", "jeanne", " ", "why has 1 to 200 characters"),
        ("00012345", "jeanne", "w" * 201, "why has 1 to 200 characters"),
        ("00012345", "jeanne", "mail of 00012345 is read", "leave the NUMIC out"),
        ("00012345", "for 00012345", WHY, "leave the NUMIC out"),
    ],
)
async def test_orders_that_are_refused(freezing, numic, by, why, said):
    """R61, R44: a mistyped NUMIC is said; nothing is kept, and no trace names the voter."""
    verb = freezing()
    with pytest.raises(ValueError, match=said) as refusal:
        await verb.freeze(Numic(numic), by, why)
    assert numic not in str(refusal.value)
    assert await verb.all() == verb.events.kept == []


@pytest.mark.parametrize("kept_under", [None, 0, 1])
async def test_the_trace_goes_with_the_voters_last_request(
    voting, freezing, clock, store, kept_under
):
    """R44, R47, R61: some time after the order's end, and no sooner than the requests of which it
    says from when on they count, under whichever of the keys these are. An order in force stays."""
    term, verb = timedelta(days=90), freezing()
    await verb.freeze(voting.numic, "jeanne", WHY)
    await verb.unfreeze(voting.numic, "paul")
    other = Numic("00099999")
    voting.register = MemoryRegister({other: replace(VOTER, numic=other)}, {})
    await freezing().freeze(other, "jeanne", WHY)
    if kept_under is not None:
        voter = voting.keyring.pseudonyms(voting.numic.value)[kept_under]
        async with store.begin() as unit:
            await unit.requests.add(a_request(voter, clock.now()))

    async def forgotten():
        async with store.begin() as unit:
            return await unit.housekeeping.forget_freezes(clock.now() - term)

    clock.advance(term)
    assert await forgotten() == 0
    clock.advance(timedelta(seconds=1))
    if kept_under is not None:
        assert await forgotten() == 0
        async with store.begin() as unit:
            await unit.destructions.delete(["kept"])
    assert await forgotten() == len(voting.keyring.keys)
    (left,) = await verb.all()
    assert left.is_in_force


def a_request(voter, at):
    return RecoveryRequest("kept", NUMIC, None, "pair", Locale.FR, at, voter=voter)
