"""By what voters are known in the round, also when nobody could tell at first, on every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.register.memory import MemoryRegister
from adapters.sealing import AesGcmSealing
from core.errors import RegisterUnavailable
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.reasons import Dismissal
from core.recovery_request import State
from core.security_code import RenewalStep
from core.use_cases import know_round_voters
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.use_cases.know_round_voters import KnowRoundVoters
from core.use_cases.request_renewal import RenewalDemand
from core.voter import Numel, Numic
from tests.contracts.conftest import EMAIL, NUMIC, VOTER
from tests.rehearsal import TrialRegister

NUMEL = Numel("000054321")
_WAITS = """
SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()
"""


@pytest.fixture
def register():
    return TrialRegister(MemoryRegister({NUMIC: replace(VOTER, numel=NUMEL)}, {}))


@pytest.fixture
def keys(store, keyring, clock, randomness):
    sealing = AesGcmSealing(keyring, randomness)
    return KeepRoundKeys(store.begin, store.read, sealing, clock, randomness)


@pytest.fixture
def know(store, keys, register, keyring, clock):
    return KnowRoundVoters(store.begin, store.read, keys, register, keyring, clock)


@pytest.fixture
def decided(link_sent, keyring):
    """Makes a request as release 0.2.0 left it, of NUMIC's voter unless told otherwise."""

    def decided(id, numic=NUMIC, **fields):
        voter = keyring.pseudonyms(numic.value)[0]
        return link_sent(id, number=fields.pop("number", numic), voter=voter, **fields)

    return decided


async def put(store, *requests):
    async with store.begin() as unit:
        for each in requests:
            await unit.requests.add(each)


async def known(store, *ids):
    async with store.read() as unit:
        return [(await unit.requests.get(each)).round_voter for each in ids]


async def expected(store, keys, *numics, round_id="2027-1"):
    async with store.begin() as unit:
        return [await keys.voter_in(unit, round_id, each) for each in numics]


async def test_a_decision_says_by_what_the_voter_is_known(store, voting, keys):
    """R48: with a link or without; of nobody when the number is nobody's."""
    linked, _ = await voting.ask()
    again, link = await voting.ask()
    assert (link, again.reason) == (None, Dismissal.WRITTEN_RECENTLY)
    voting.send = replace(voting.send, register=MemoryRegister({}, {}))
    strange, _ = await voting.ask()
    mine = await expected(store, keys, NUMIC)
    assert [linked.round_voter, again.round_voter, strange.round_voter] == [*mine, *mine, None]


async def test_what_nobody_could_tell_is_found_out_later(store, know, keys, decided, received):
    """R48: by NUMIC or NUMEL, with a link or dismissed, each in its round; once."""
    other = Numic("00099999")
    await put(
        store,
        decided("a"),
        decided("b", number=NUMEL),
        decided("c", other),
        decided("d", state=State.DISMISSED, round_id=None, link=None, rounds=("2027-2", "2027-3")),
        received("e"),
        decided("f", round_id=None),
    )
    assert (await know(), await know()) == (4, 0)
    mine, others = await expected(store, keys, NUMIC, other)
    (second,) = await expected(store, keys, NUMIC, round_id="2027-2")
    assert await known(store, *"abcdef") == [mine, mine, others, second, None, None]


async def test_a_numel_that_has_passed_to_another_keeps_its_pseudonym(
    store, know, decided, register
):
    """R48: nobody is counted as somebody else; whom nobody knows any more, by what there is."""
    moved, gone = decided("a", Numic("00099999"), number=NUMEL), decided("b", number=Numel("0009"))
    await put(store, moved, gone)
    assert (await know(), await know()) == (2, 0)
    assert await known(store, "a", "b") == [moved.voter, gone.voter]


async def test_while_the_register_is_down_the_others_are_known(store, know, decided, register):
    """R48: those who asked by NUMEL follow when it answers again."""
    await put(store, decided("a", number=NUMEL), decided("b"))
    register.down = True
    with pytest.raises(RegisterUnavailable):
        await know()
    assert [each is None for each in await known(store, "a", "b")] == [True, False]
    register.down = False
    assert await know() == 1


async def test_without_the_rounds_key_it_waits(store, know, keys, decided, randomness, clock):
    """R48: until the key of the ring is back; a decision meanwhile is made without it."""
    await put(store, decided("a"))
    strange = Keyring((SecretKey("2028", b"p" * 32),))
    sealing = AesGcmSealing(strange, randomness)
    lost = KeepRoundKeys(store.begin, store.read, sealing, clock, randomness)
    await expected(store, keys, NUMIC)
    assert await replace(know, round_keys=lost)() == 0
    assert await known(store, "a") == [None]
    assert await know() == 1


async def test_more_than_one_commit_takes(store, know, decided, monkeypatch):
    """R48: and what was found out survives whoever did not know it yet."""
    monkeypatch.setattr(know_round_voters, "AT_ONCE", 2)
    requests = [decided(f"r{number}") for number in range(5)]
    await put(store, *requests)
    assert await know() == 5
    async with store.begin() as unit:
        await unit.requests.save(replace(requests[0], partner="consulat"), was=requests[0])
    assert len(set(await known(store, *(each.id for each in requests)))) == 1


async def test_whom_no_key_tells_holds_nobody_up(
    store, know, keys, decided, randomness, clock, monkeypatch
):
    """R48: the requests of a round whose key is lost come first, more than one commit takes."""
    monkeypatch.setattr(know_round_voters, "AT_ONCE", 2)
    lost = KeepRoundKeys(
        store.begin,
        store.read,
        AesGcmSealing(Keyring((SecretKey("2028", b"p" * 32),)), randomness),
        clock,
        randomness,
    )
    await expected(store, lost, NUMIC)
    await put(
        store, *(decided(f"a{number}") for number in range(5)), decided("b", round_id="2027-2")
    )
    assert await know() == 1
    assert [each is None for each in await known(store, "a4", "b")] == [True, False]


async def waits(store):
    """Whether anybody waits for another's lock."""
    async with store.read() as unit:
        return await unit.sql.fetch(_WAITS)


@pytest.mark.parametrize("store", ["postgres"], indirect=True)
@pytest.mark.parametrize("is_known", [False, True])
async def test_a_confirmation_at_the_same_time(store, know, decided, clock, is_known):
    """R48: who renews holds the voter and writes her requests in an order of their own; the chore
    waits for the end of it, and neither is ended by the server as the other's deadlock."""
    move = "UPDATE recovery_request SET partner = 'consulat' WHERE id = $1"
    known = {"round_voter": "v"} if is_known else {}
    late = clock.now() + timedelta(minutes=1)
    latest = decided("c", state=State.DELIVERED, confirmed_at=late, changed_at=late, **known)
    await put(store, decided("a", **known), decided("b", **known), latest)
    async with store.begin() as unit:
        await unit.sql.hold(decided("a").voter)
        await unit.sql.execute(move, "b")
        chore = asyncio.create_task(know())
        async with asyncio.timeout(60):
            while not await waits(store):
                await asyncio.sleep(0.01)
        await unit.sql.execute(move, "a")
    assert await chore == (0 if is_known else 3)
    async with store.read() as unit:
        rows = await unit.sql.fetch("SELECT id FROM recovery_request WHERE overtaken = 1")
    assert {row[0] for row in rows} == {"a", "b"}


@pytest.mark.parametrize("state", [State.LINK_SENT, State.REVOKED])
async def test_a_link_that_was_issued_after_a_renewal_is_the_later(voting, store, clock, state):
    """R48: its request was received before the confirmation and decided after it: the chore says
    what the commits said, also when the e-mail has come back since."""
    _, token = await voting.ask()
    clock.advance(timedelta(minutes=30))
    code = await voting.code(RenewalStep.REQUEST)
    await voting.request(RenewalDemand(NUMIC, EMAIL, code, Locale.FR))
    waiting = voting.events.kept[-1].request_id
    clock.advance(timedelta(seconds=5))
    await voting.confirm(token)
    clock.advance(timedelta(seconds=5))
    await voting.send(waiting)
    async with store.begin() as unit:
        link = await unit.requests.get(waiting)
        if state is State.REVOKED:
            await unit.requests.save(link.mail_failed(clock.now()), was=link)
        since = clock.now() - timedelta(hours=1)
        assert not await unit.round_voters.to_sort_out(since, 1)
