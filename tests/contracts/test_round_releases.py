"""Voting rounds that are held, released by two persons and destroyed, on every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pyotp import TOTP

from adapters.operator_codes import TotpCodes
from adapters.sealing import AesGcmSealing
from core.delivery import Delivery
from core.errors import KeyUnavailable
from core.events import OperatorFailed, RoundDestroyed, RoundHeld, RoundReleaseApproved
from core.first_sending import KnownReceipt, SendingCount, SendingState
from core.jobs import Job, JobKind
from core.keys import Keyring, SecretKey
from core.locale import Locale
from core.messages import MessageKind
from core.reasons import Dismissal
from core.recovery_request import State
from core.retention import Terms
from core.round_keys import RoundKey
from core.round_release import PAUSE, Hold
from core.rows_deleted import MessagesDeleted
from core.use_cases import destroy_rounds
from core.use_cases.destroy_rounds import DestroyRounds
from core.use_cases.keep_operators import KeepOperators, OperatorRefused
from core.use_cases.purge_expired import PurgeExpired
from core.use_cases.release_rounds import ReleaseRefused, ReleaseRounds
from core.voting_round import Calendar, VotingRound
from tests.rehearsal import KeptEvents

DAY = timedelta(days=1)
TERM = Terms().after_release
TABLES = ("recovery_request", "delivery", "attempt")


class Office:
    """The verbs over one store, and the operators' telephones."""

    def __init__(self, store, clock, randomness, keyring):
        self.store, self.clock, self.randomness, self.events = (
            store,
            clock,
            randomness,
            KeptEvents(),
        )
        now = clock.now()
        self.calendar = Calendar.of(
            [
                VotingRound("2027-1", now - 2 * DAY, now - DAY),
                VotingRound("2027-2", now - DAY / 2, now + DAY),
            ]
        )
        self.phones = {}
        self.wire(keyring)

    def wire(self, keyring):
        begin, read, clock, events = self.store.begin, self.store.read, self.clock, self.events
        sealing = AesGcmSealing(keyring, self.randomness)
        self.operators = KeepOperators(
            begin, read, TotpCodes(), sealing, clock, self.randomness, events
        )
        self.rounds = ReleaseRounds(
            begin, read, self.operators, self.calendar, Terms(), keyring, clock, events
        )
        self.destroy = DestroyRounds(begin, read, Terms(), keyring, clock, events)
        self.purge = PurgeExpired(begin, Terms(), clock, events)

    async def add(self, name):
        address = urlsplit(await self.operators.add(name, "root"))
        self.phones[name] = TOTP(parse_qs(address.query)["secret"][0])

    def code(self, name):
        """The next code of a telephone, half a minute later."""
        self.clock.advance(timedelta(seconds=30))
        return self.phones[name].at(self.clock.now())

    async def propose(self, name, round_id="2027-1"):
        await self.rounds.propose(round_id, name, self.code(name))

    async def approve(self, name, round_id="2027-1"):
        return await self.rounds.approve(round_id, name, self.code(name))

    async def release(self, round_id="2027-1"):
        await self.propose("jeanne", round_id)
        return await self.approve("paul", round_id)

    async def tidy(self):
        await self.purge()
        return await self.destroy()

    async def rows(self):
        async with self.store.read() as unit:
            return {
                table: (await unit.sql.fetch(f"SELECT count(*) FROM {table}"))[0][0]
                for table in TABLES
            }

    async def ids(self):
        async with self.store.read() as unit:
            rows = await unit.sql.fetch("SELECT id FROM recovery_request ORDER BY id")
        return [row[0] for row in rows]


@pytest.fixture
async def office(store, clock, randomness, keyring):
    office = Office(store, clock, randomness, keyring)
    for name in ("jeanne", "paul"):
        await office.add(name)
    return office


@pytest.fixture
async def filled(office, received, link_sent, begun, noon):
    """Two requests of the first round, one of the second, one of both; each with its SMS."""
    first, second = (each.opens_at for each in office.calendar.rounds)
    closed = {"state": State.DISMISSED, "reason": Dismissal.ROUND_CLOSED, "changed_at": noon}
    requests = [
        link_sent("a", received_at=first, state=State.DELIVERED, rounds=("2027-1",)),
        received("b", received_at=first, rounds=("2027-1",), **closed),
        received("c", received_at=second, rounds=("2027-2",)),
        link_sent("d", received_at=first, rounds=("2027-1", "2027-2")),
    ]
    async with office.store.begin() as unit:
        for each in requests:
            await unit.requests.add(each)
            sms = Delivery.queued(MessageKind.PASSWORD, each.id, Locale.FR, noon)
            await unit.deliveries.add(sms)
            await unit.attempts.add(begun(sms.id))
    return office


async def test_nothing_goes_by_age(filled, clock):
    """R47: 24 months on, held by nobody's order, every row is there, in whatever state."""
    before = await filled.rows()
    clock.advance(730 * DAY)
    assert await filled.tidy() == 0
    assert await filled.rows() == before == dict.fromkeys(TABLES, 4)


async def test_a_held_round_is_not_released(filled, clock):
    """R47: an order says who and why, refuses proposals and approvals, and 24 months on every row
    is there; a release that stood before has to be given by two persons again."""
    before = await filled.rows()
    await filled.release()
    assert await filled.rounds.hold("2027-1", "maud", "the council decides") is True
    assert filled.events.kept[-1] == RoundHeld("2027-1", "maud", "the council decides")
    with pytest.raises(ValueError, match="held already"):
        await filled.rounds.hold("2027-1", "maud", "again")
    for act in (filled.propose, filled.approve):
        with pytest.raises(ReleaseRefused, match="held by maud: the council decides"):
            await act("paul")
    clock.advance(730 * DAY)
    assert await filled.tidy() == 0
    await filled.rounds.lift("2027-1", "maud")
    assert await filled.tidy() == 0
    assert await filled.rows() == before
    with pytest.raises(ReleaseRefused, match="nobody has proposed"):
        await filled.approve("paul")


async def test_one_person_alone_releases_nothing(filled, clock):
    """R47: neither by approving what is one's own, nor by waiting."""
    await filled.propose("jeanne")
    with pytest.raises(ReleaseRefused, match="another person"):
        await filled.approve("jeanne")
    with pytest.raises(ReleaseRefused, match="proposed already"):
        await filled.propose("paul")
    clock.advance(730 * DAY)
    assert await filled.tidy() == 0
    assert await filled.rows() == dict.fromkeys(TABLES, 4)


async def test_two_persons_and_the_term(filled, clock):
    """R47: after both and the term nothing of the round is left but what belongs to another as
    well; other rounds are untouched; the record tells it all, and verifies."""
    due_at = await filled.release()
    assert due_at == clock.now() + TERM
    assert filled.events.kept[-1] == RoundReleaseApproved("2027-1", "jeanne", "paul")
    with pytest.raises(ReleaseRefused, match="approved already"):
        await filled.approve("paul")
    clock.advance(due_at - clock.now() - timedelta(microseconds=1))
    assert await filled.tidy() == 0
    clock.advance(timedelta(microseconds=1))
    assert (await filled.tidy(), await filled.tidy()) == (2, 0)
    assert await filled.ids() == ["c", "d"]
    assert await filled.rows() == dict.fromkeys(TABLES, 2)
    (verified,) = await filled.rounds.verify("2027-1")
    record = verified.record
    assert verified.problem is None
    assert (record.requests, record.messages, record.attempts, record.shared) == (2, 2, 2, 1)
    assert (verified.release.proposed_by, verified.release.approved_by) == ("jeanne", "paul")
    counts = RoundDestroyed("2027-1", 2, 2, 2, 2, 1, record.digest.hex(), True)
    assert filled.events.kept[-1] == counts
    assert await filled.rounds.verify("2027-2") == []


async def test_what_two_rounds_share_goes_with_the_last(filled, clock):
    """R47: a request of two rounds is kept until both are released."""
    await filled.release()
    clock.advance(TERM)
    await filled.tidy()
    await filled.release("2027-2")
    clock.advance(TERM)
    assert await filled.tidy() == 2
    assert await filled.rows() == dict.fromkeys(TABLES, 0)
    for round_id in ("2027-1", "2027-2"):
        assert [each.problem for each in await filled.rounds.verify(round_id)] == [None]


async def test_the_key_of_the_round_goes_with_it(filled, clock, monkeypatch):
    """R47, R48: in the commit that seals the record, not before; the other rounds keep theirs."""
    async with filled.store.begin() as unit:
        for round_id in ("2027-1", "2027-2"):
            await unit.round_keys.add(RoundKey(round_id, "2027", b"sealed", clock.now()))
    await filled.release()
    clock.advance(TERM)
    monkeypatch.setattr(destroy_rounds, "AT_ONCE", 1)
    monkeypatch.setattr(destroy_rounds, "COMMITS", 1)
    left = []
    for _ in range(6):
        await filled.destroy()
        async with filled.store.read() as unit:
            left.append([each.sealed for each in await unit.round_keys.all()])
    assert left[0] == [b"sealed", b"sealed"]
    assert left[-1] == [b"", b"sealed"]


async def test_what_was_reported_of_its_first_sending_goes_too(filled, clock):
    """R47, R59: with the round's last request; another round's stays."""
    receipt = KnownReceipt("v", clock.now(), SendingState.FAILED, "", "", "2", "", "AR")
    counts = [SendingCount("2", "", "AR", SendingState.FAILED, 1)]
    async with filled.store.begin() as unit:
        for round_id in ("2027-1", "2027-2"):
            number = await unit.first_sending.begin(round_id, clock.now(), "maud")
            await unit.first_sending.add(round_id, number, [receipt])
            assert await unit.first_sending.conclude(round_id, number, counts, clock.now())
    await filled.release()
    await filled.destroy()
    async with filled.store.read() as unit:
        assert await unit.first_sending.figures("2027-1") is not None
    clock.advance(TERM)
    await filled.destroy()
    async with filled.store.read() as unit:
        assert await unit.first_sending.figures("2027-1") is None
        assert await unit.first_sending.figures("2027-2") is not None
        assert len(await unit.sql.fetch("SELECT * FROM first_sending")) == 1


async def test_in_more_than_one_commit(filled, clock, monkeypatch):
    """R47: a hold stops the next commit; what is done later has the same digest."""
    await filled.release()
    clock.advance(TERM)
    monkeypatch.setattr(destroy_rounds, "AT_ONCE", 1)
    monkeypatch.setattr(destroy_rounds, "COMMITS", 1)
    assert await filled.destroy() == 1
    (verified,) = await filled.rounds.verify("2027-1")
    so_far = RoundDestroyed("2027-1", 1, 1, 1, 1, 0, verified.record.digest.hex(), False)
    assert filled.events.kept[-1] == so_far
    assert verified.problem.startswith("it is not complete")
    await filled.rounds.hold("2027-1", "maud", "the council decides")
    assert await filled.destroy() == 0
    assert await filled.ids() == ["b", "c", "d"]
    await filled.rounds.lift("2027-1", "maud")
    await filled.release()
    clock.advance(TERM)
    monkeypatch.setattr(destroy_rounds, "COMMITS", 9)
    assert await filled.destroy() == 1
    assert await filled.ids() == ["c", "d"]
    last = (await filled.rounds.verify("2027-1"))[-1]
    assert (last.problem, last.record.requests, last.record.shared) == (None, 1, 1)


async def test_the_store_itself(filled, noon, clock):
    """R47: refuses one person alone, and a deletion of what is held, whoever asks it."""
    await filled.propose("jeanne")
    async with filled.store.begin() as unit:
        assert await unit.releases.approve("2027-1", noon, "jeanne") is False
        assert await unit.releases.approve("2027-1", noon, "paul") is True
        assert await unit.releases.add_hold(Hold("2027-1", noon, "maud", "why")) is True
    clock.advance(2 * TERM)
    assert await filled.destroy() == 0
    assert await filled.rows() == dict.fromkeys(TABLES, 4)


async def test_a_record_outlives_its_key(filled, clock, keyring):
    """R14, R47: after a rotation it is sealed under the newest key; one that was changed is not."""
    await filled.release()
    clock.advance(TERM)
    await filled.tidy()
    newest = SecretKey("2031", b"x" * 32)
    filled.wire(Keyring((newest, *keyring.keys)))
    async with filled.store.begin() as unit:
        await unit.sql.execute("UPDATE destruction SET shared = shared + 1")
    assert await filled.destroy.seal_anew() == 0
    async with filled.store.begin() as unit:
        await unit.sql.execute("UPDATE destruction SET shared = shared - 1")
    assert (await filled.destroy.seal_anew(), await filled.destroy.seal_anew()) == (1, 0)
    filled.wire(Keyring((newest,)))
    assert [each.problem for each in await filled.rounds.verify("2027-1")] == [None]


async def test_two_workers_at_once(filled, clock):
    """R47: each request is deleted, counted and digested once."""
    await filled.release()
    clock.advance(TERM)
    assert sum(await asyncio.gather(filled.destroy(), filled.destroy())) == 2
    (verified,) = await filled.rounds.verify("2027-1")
    assert (verified.record.requests, verified.problem) == (2, None)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("UPDATE destruction SET requests = 1", "was changed"),
        ("UPDATE round_release SET approved_by = 'nobody'", "was changed"),
        ("UPDATE destruction SET key_id = 'gone'", "gone, which sealed it, is not in"),
    ],
)
async def test_a_record_that_was_changed(filled, clock, change, problem):
    """R47: is found out, also when it names other persons."""
    await filled.release()
    clock.advance(TERM)
    await filled.tidy()
    async with filled.store.begin() as unit:
        await unit.sql.execute(change)
    (verified,) = await filled.rounds.verify("2027-1")
    assert problem in verified.problem


async def test_requests_that_came_back(filled, received, clock):
    """R47: rows of a destroyed round, out of a backup for instance, are told."""
    await filled.release()
    clock.advance(TERM)
    await filled.tidy()
    async with filled.store.begin() as unit:
        await unit.requests.add(received("e", rounds=("2027-1",)))
    (verified,) = await filled.rounds.verify("2027-1")
    assert verified.problem == "1 requests of the round are still there"


async def test_which_rounds_can_be_released(filled):
    """R47: one that the calendar names, and that has closed."""
    with pytest.raises(ReleaseRefused, match="2027-2 closes on"):
        await filled.propose("jeanne", "2027-2")
    for act in (filled.propose, filled.approve):
        with pytest.raises(ValueError, match="the calendar names no round 2022-1"):
            await act("jeanne", "2022-1")
    with pytest.raises(ValueError, match="no round 2022-1"):
        await filled.rounds.hold("2022-1", "maud", "why")
    with pytest.raises(ValueError, match="not held"):
        await filled.rounds.lift("2027-1", "maud")


async def test_dead_letters_of_requests_that_are_kept(filled, clock, noon):
    """R47: they stay with their request; those of nothing go after the term."""
    subjects = ["a", "b.password", "gone"]
    async with filled.store.begin() as unit:
        jobs = [Job(JobKind.SEND_LINK, each) for each in subjects]
        await unit.jobs.enqueue(*jobs, at=noon)
        for job in await unit.jobs.claim(JobKind.SEND_LINK, 3, noon, noon):
            await unit.jobs.bury(job, "KeyError", noon)
    clock.advance(730 * DAY)
    await filled.tidy()
    async with filled.store.read() as unit:
        left = sorted(each.job.subject for each in await unit.jobs.dead(10))
    assert left == subjects[:2]


async def test_a_code_serves_once(office):
    """R47: a replay is refused, as are another's code, a wrong one, and one of an older time."""
    code, old = office.code("jeanne"), office.phones["jeanne"].at(office.clock.now() - DAY)
    await office.rounds.propose("2027-1", "jeanne", f" {code[:3]} {code[3:]}\n")
    for wrong in (code, old, office.phones["paul"].at(office.clock.now()), "", "é" * 6):
        with pytest.raises(OperatorRefused, match="wrong, or was used before"):
            await office.operators.prove("jeanne", wrong)
        await office.operators.prove("jeanne", office.code("jeanne"))
    assert OperatorFailed("jeanne") in office.events.kept


async def test_codes_at_once(office):
    """R47: of two acts with one code one is done."""
    code = office.code("jeanne")
    ended = await asyncio.gather(
        *(office.operators.prove("jeanne", code) for _ in range(3)), return_exceptions=True
    )
    assert [type(each) for each in ended].count(OperatorRefused) == 2


async def test_codes_cannot_be_guessed(office, clock):
    """R47: after five wrong ones in a row even a right one is refused, for a quarter of an hour."""
    for _ in range(5):
        with pytest.raises(OperatorRefused, match="wrong"):
            await office.operators.prove("jeanne", "")
    with pytest.raises(OperatorRefused, match="too many"):
        await office.operators.prove("jeanne", office.code("jeanne"))
    await office.operators.prove("paul", office.code("paul"))
    clock.advance(PAUSE)
    await office.operators.prove("jeanne", office.code("jeanne"))


async def test_an_operator_who_was_removed(office):
    """R47: proves nothing any more, stays as a trace, without the secret; the name is not given
    again."""
    await office.operators.remove("jeanne", "root")
    with pytest.raises(OperatorRefused, match="no operator jeanne"):
        await office.operators.prove("jeanne", office.code("jeanne"))
    with pytest.raises(ValueError, match="no operator jeanne"):
        await office.operators.remove("jeanne", "root")
    with pytest.raises(ValueError, match="is or was an operator jeanne"):
        await office.operators.add("jeanne", "root")
    jeanne = (await office.operators.all())[0]
    assert (jeanne.secret, jeanne.removed_by) == (b"", "root")


async def test_secrets_are_sealed(office, keyring):
    """R14, R47: a copy of the database holds no secret that makes codes; one operator's does not
    open as another's; after a rotation a worker seals it under the newest key."""
    async with office.store.begin() as unit:
        jeanne, paul = await unit.operators.all()
        raw = office.phones["jeanne"].byte_secret()
        assert raw not in jeanne.secret
        await unit.operators.reseal("paul", jeanne.key_id, jeanne.secret)
    with pytest.raises(KeyUnavailable, match="was changed"):
        await office.operators.prove("paul", office.code("paul"))
    async with office.store.begin() as unit:
        await unit.operators.reseal("paul", paul.key_id, paul.secret)
    later = SecretKey("2031", b"x" * 32)
    office.wire(Keyring((later, *keyring.keys)))
    assert (await office.operators.seal_anew(), await office.operators.seal_anew()) == (2, 0)
    office.wire(Keyring((later,)))
    await office.operators.prove("jeanne", office.code("jeanne"))
    office.wire(keyring)
    with pytest.raises(KeyUnavailable, match="key 2031"):
        await office.operators.prove("jeanne", office.code("jeanne"))


async def test_digests_do_not_hang_on_the_commits(filled, clock, monkeypatch):
    """R47: the record of one commit and of many says the same."""
    monkeypatch.setattr(destroy_rounds, "AT_ONCE", 2)
    async with filled.store.read() as unit:
        rows = await unit.destructions.after("", 10)
    await filled.release()
    clock.advance(TERM)
    await filled.destroy()
    (verified,) = await filled.rounds.verify("2027-1")
    whole = replace(verified.record, requests=0, digest=bytes(32), first_at=None, last_at=None)
    gone = [each for each in rows if each.goes("2027-1", {"2027-1"})]
    assert whole.after(gone, MessagesDeleted(), 0).digest == verified.record.digest
