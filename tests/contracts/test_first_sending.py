"""R59: reports of the first sending become figures: over every engine."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.countries import NumberingPlan
from adapters.register.memory import MemoryRegister
from adapters.sealing import AesGcmSealing
from core.electorate import Electorate
from core.errors import RegisterUnavailable
from core.events import OperatorActed
from core.evidence import Axis
from core.first_sending import Refusal, SendingReceipt, SendingState
from core.intervention import Act
from core.sending_import import ReportRefused
from core.use_cases import import_first_sending
from core.use_cases.give_first_sending import GiveFirstSending
from core.use_cases.import_first_sending import ImportFirstSending
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.voter import EmailAddress, Numic, PhoneNumber, Voter
from core.voting_round import Calendar, VotingRound
from tests.rehearsal import KeptEvents, TrialRegister

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
DELIVERED, FAILED, UNKNOWN = SendingState.DELIVERED, SendingState.FAILED, SendingState.UNKNOWN
PHONES = {"AR": "+5491123456789", "FR": "+33639980001", "": None}
EMAIL = EmailAddress("camille.martin@example.org")


def numic(number):
    return Numic(f"{number:08}")


def voters(count):
    """Half in Argentina's constituency 2, the rest in 7, of whom some have no telephone."""
    made = {}
    for number in range(count):
        place, country = ("2", "AR") if number % 2 else ("7", "" if number % 10 == 0 else "FR")
        phone = PhoneNumber(PHONES[country]) if PHONES[country] else None
        made[numic(number)] = Voter(
            numic(number), EMAIL, phone, constituency=place, post=f"post {number % 3}"
        )
    return made


class Bureau:
    """Imports reports, and looks at what they make."""

    def __init__(self, store, clock, randomness, keyring, count=40, register=None):
        self.store, self.clock, self.events = store, clock, KeptEvents()
        now = clock.now()
        rounds = [
            VotingRound("2027-1", now - DAY, now + DAY),
            VotingRound("of 2", now + 2 * DAY, now + 3 * DAY, Electorate.of(["2"])),
        ]
        sealing = AesGcmSealing(keyring, randomness)
        self.keys = KeepRoundKeys(store.begin, store.read, sealing, clock, randomness)
        self.register = register or TrialRegister(MemoryRegister(voters(count), {}))
        self.take = ImportFirstSending(
            store.begin,
            store.read,
            self.keys,
            self.register,
            NumberingPlan(),
            Calendar.of(rounds),
            clock,
            self.events,
        )
        self.refusals = []
        self.give = GiveFirstSending(store.read, 20)

    async def import_(self, *states, round_id="2027-1", at=None, force=False, lines=None):
        """Of the first voters, in their order; None is no line."""
        at = at or self.clock.now() - HOUR
        made = [
            (2 + number, state if isinstance(state, Refusal) else receipt(number, state, at))
            for number, state in enumerate(states)
            if state is not None
        ]
        lines = made if lines is None else lines
        return await self.take(
            round_id, lines, "jeanne", lambda *each: self.refusals.append(each), force=force
        )

    async def states(self, round_id="2027-1"):
        async with self.store.read() as unit:
            figures = await unit.first_sending.figures(round_id)
        sums = Counter()
        for each in figures.counts if figures else ():
            sums[each.state] += each.voters
        return +sums

    async def rows(self, table="first_sending"):
        async with self.store.read() as unit:
            return [tuple(row) for row in await unit.sql.fetch(f"SELECT * FROM {table}")]


def receipt(number, state, at):
    return SendingReceipt(numic(number), at, state, "Movistar", "north")


@pytest.fixture
def bureau(store, clock, randomness, keyring):
    return Bureau(store, clock, randomness, keyring)


async def test_by_place(bureau, clock):
    """R49, R59: shares by constituency, post and country, places by the register; no NUMIC is kept,
    and the trace names who imported."""
    found = await bureau.import_(*([DELIVERED, FAILED] * 18), UNKNOWN, DELIVERED, DELIVERED)
    assert (found.lines, found.added, found.accepted) == (39, 39, 39)
    total, places, countries = await bureau.give("2027-1", None, Axis.CONSTITUENCY, Axis.COUNTRY)
    told = total.total.recorded
    assert (told.confirmed, told.delivered, told.undelivered, told.waiting) == (39, 20, 18, 1)
    assert total.as_of == clock.now()
    assert places.groups == []
    assert (places.folded.recorded.confirmed, places.suppressed) == (39, 2)
    assert countries.folded.recorded == told
    assert not [row for row in await bureau.rows() if "000000" in str(row[:2])]
    detail = "round 2027-1: 39 lines, 39 accepted"
    assert bureau.events.kept == [OperatorActed(Act.FIRST_SENDING_IMPORTED, "jeanne", detail)]


async def test_groups_large_enough_are_told(store, clock, randomness, keyring):
    """R49, R59: the worst first, through the same suppression as the evidence of renewals."""
    bureau = Bureau(store, clock, randomness, keyring, 60)
    await bureau.import_(*([DELIVERED, FAILED] * 30))
    (places,) = await bureau.give("2027-1", Axis.CONSTITUENCY)
    assert [(each.group, each.recorded.share) for each in places.groups] == [("2", 0.0), ("7", 1.0)]


async def test_the_same_once_more(bureau):
    """R59: changes nothing, in one portion or in several."""
    await bureau.import_(DELIVERED, FAILED, UNKNOWN)
    before, rows = await bureau.states(), await bureau.rows()
    found = await bureau.import_(DELIVERED, FAILED, UNKNOWN)
    assert (found.added, found.updated, found.unchanged) == (0, 0, 3)
    assert (await bureau.states(), await bureau.rows()) == (before, rows)


@pytest.mark.parametrize("at_once", [1, 2, 1000])
async def test_the_later_state_holds(bureau, clock, monkeypatch, at_once):
    """R59: by the receipt's own time, in whichever order reports and lines come; of one moment an
    end weighs more than none."""
    monkeypatch.setattr(import_first_sending, "AT_ONCE", at_once)
    at = clock.now() - 5 * HOUR
    lines = [
        (2, receipt(1, FAILED, at + HOUR)),
        (3, receipt(1, DELIVERED, at + 2 * HOUR)),
        (4, receipt(1, FAILED, at)),
        (5, receipt(2, DELIVERED, at)),
        (6, receipt(2, UNKNOWN, at)),
        (7, receipt(3, UNKNOWN, at)),
    ]
    found = await bureau.import_(lines=lines)
    assert (found.added, found.updated, found.unchanged) == (3, 1, 2)
    assert await bureau.states() == {DELIVERED: 2, UNKNOWN: 1}
    found = await bureau.import_(lines=[(2, receipt(3, FAILED, at)), *lines])
    assert (found.updated, found.unchanged) == (1, 6)
    assert await bureau.states() == {DELIVERED: 2, FAILED: 1}
    found = await bureau.import_(lines=[(2, receipt(1, FAILED, at + 3 * HOUR)), *lines])
    assert found.updated == 1
    assert await bureau.states() == {DELIVERED: 1, FAILED: 2}


async def test_in_is_out(bureau):
    """R35, R59: each line is accepted, or named by its number and why."""
    lines = [*enumerate([receipt(n, DELIVERED, bureau.clock.now()) for n in range(30)], 2)]
    lines += [(32, Refusal.WRONG_COLUMN_COUNT), (33, receipt(99, FAILED, bureau.clock.now()))]
    found = await bureau.import_(lines=lines, force=True)
    assert bureau.refusals == [(32, Refusal.WRONG_COLUMN_COUNT), (33, Refusal.VOTER_UNKNOWN)]
    assert found.refused == {Refusal.WRONG_COLUMN_COUNT: 1, Refusal.VOTER_UNKNOWN: 1}
    assert (found.lines, found.accepted) == (32, 30)


async def test_whose_round_it_is_not(bureau):
    """R49, R59: a voter of another electorate is in no figure of this one."""
    found = await bureau.import_(*[DELIVERED] * 40, round_id="of 2", force=True)
    assert found.refused == {Refusal.VOTER_OF_ANOTHER_ROUND: 20}
    assert await bureau.states("of 2") == {DELIVERED: 20}
    assert await bureau.states("2027-1") == {}


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([], "holds no receipt"),
        ([Refusal.STATE_UNKNOWN], "holds no receipt"),
        ([DELIVERED] * 9 + [Refusal.TIME_TO_COME], "1 of 10 lines are no receipts"),
    ],
)
async def test_a_bad_file_is_not_taken(bureau, states, said):
    """R59: nothing of it; each line was named, and what it left is gone."""
    await bureau.import_(FAILED, FAILED)
    with pytest.raises(ReportRefused, match=said) as refused:
        await bureau.import_(*states)
    assert refused.value.found.lines == len(states)
    assert await bureau.states() == {FAILED: 2}
    assert len(await bureau.rows()) == 2
    if len(states) > 1:
        await bureau.import_(*states, force=True)
        assert await bureau.states() == {DELIVERED: 9}


async def test_an_import_that_is_broken_off(bureau, monkeypatch):
    """R59: nothing is half imported: what it left is in no figure, and goes with the next one."""
    monkeypatch.setattr(import_first_sending, "AT_ONCE", 1)
    await bureau.import_(FAILED, FAILED)

    def lines():
        yield 2, receipt(0, DELIVERED, bureau.clock.now())
        yield 3, receipt(5, DELIVERED, bureau.clock.now())
        bureau.register.down = True
        yield 4, receipt(6, DELIVERED, bureau.clock.now())

    with pytest.raises(RegisterUnavailable):
        await bureau.import_(lines=lines())
    assert len(await bureau.rows()) == 4
    assert await bureau.states() == {FAILED: 2}
    bureau.register.down = False
    found = await bureau.import_(None, DELIVERED)
    assert (found.lines, found.updated) == (1, 1)
    assert len(await bureau.rows()) == 3
    assert await bureau.states() == {FAILED: 1, DELIVERED: 1}


async def test_another_import_meanwhile(bureau):
    """R59: the one that was begun last holds; the other says so, and changes nothing."""

    def lines():
        yield 2, receipt(0, DELIVERED, bureau.clock.now())

    async with bureau.store.begin() as unit:
        first = await unit.first_sending.begin("2027-1", bureau.clock.now(), "paul")
    await bureau.import_(FAILED)
    async with bureau.store.begin() as unit:
        assert not await unit.first_sending.conclude("2027-1", first, [], bureau.clock.now())
    assert await bureau.states() == {FAILED: 1}


async def test_of_a_round_that_there_is(bureau):
    """R59: and of one whose key was not destroyed."""
    with pytest.raises(ValueError, match="names no round 2022-1"):
        await bureau.import_(DELIVERED, round_id="2022-1")
    async with bureau.store.begin() as unit:
        await unit.round_keys.destroy("2027-1", bureau.clock.now())
    with pytest.raises(ReportRefused, match="is destroyed"):
        await bureau.import_(DELIVERED)


async def test_a_register_that_tells_many_at_once(bureau):
    """R59: is not asked one by one, as the others are."""
    bureau.take = replace(bureau.take, register=MemoryRegister(voters(40), {}))
    await bureau.import_(DELIVERED, FAILED)
    assert await bureau.states() == {DELIVERED: 1, FAILED: 1}
    assert bureau.register.asked == 0


async def test_it_goes_with_its_round(bureau, store, monkeypatch):
    """R47, R59: in portions; another round's stays."""
    monkeypatch.setattr("adapters.store.first_sending.AT_ONCE", 3)
    await bureau.import_(*[DELIVERED] * 8)
    await bureau.import_(*[None, FAILED] * 4, round_id="of 2")
    steps = 0
    done = False
    while not done:
        async with store.begin() as unit:
            done = await unit.destructions.forget_first_sending("2027-1")
        steps += 1
    assert steps == 3
    assert {row[0] for row in await bureau.rows()} == {"of 2"}
    assert await bureau.states() == {}
    assert await bureau.give("2027-1", None) is None
    assert await bureau.states("of 2") == {FAILED: 4}
