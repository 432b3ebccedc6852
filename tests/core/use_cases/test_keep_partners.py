"""R40: partners' keys, as an operator keeps them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from copy import copy
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from core.errors import StoreUnavailable
from core.events import OperatorActed, PartnerResumed, PartnerSuspended
from core.intervention import Act
from core.jobs import Job, JobKind
from core.partner import ApiKey, Suspension
from core.use_cases.keep_partners import KeepPartners, UnknownPartner
from core.use_cases.requeue_jobs import RequeueJobs
from tests.rehearsal import KeptEvents

HOUR = timedelta(hours=1)


@pytest.fixture
def journal():
    return KeptEvents()


@pytest.fixture
def partners(diskless_store, clock, randomness, journal):
    store, named = diskless_store, frozenset({"by-token"})
    return KeepPartners(store.begin, store.read, clock, randomness, journal, named)


async def test_a_partner_is_made_with_a_key(partners, noon):
    """R40: of which the store has the digest alone."""
    key = await partners.register(
        "consulat", ["renewals:write"], ["https://a.example.org"], by="ada"
    )
    (partner,), (stored,) = await partners.all()
    assert partner.scopes == {"renewals:write"}
    assert partner.origins == ("https://a.example.org",)
    assert (stored.prefix, stored.partner, stored.created_at) == (key.prefix, "consulat", noon)
    assert stored.opens_with(ApiKey.read(key.reveal()).digest)


async def test_a_name_is_given_once(partners):
    """R40: and a second attempt leaves no key behind."""
    await partners.register("consulat", by="ada")
    with pytest.raises(ValueError, match="already"):
        await partners.register("consulat", by="ada")
    assert len((await partners.all())[1]) == 1


async def test_a_rotation_never_prolongs(partners, clock, noon):
    """R40: a key that was to end in an hour ends then, however long the next overlap is."""
    await partners.register("consulat", by="ada")
    clock.advance(HOUR)
    await partners.rotate("consulat", HOUR, by="ada")
    clock.advance(HOUR / 2)
    await partners.rotate("consulat", 5 * HOUR, by="ada")
    ends = [each.ends_at for each in (await partners.all())[1]]
    assert ends == [noon + 2 * HOUR, noon + 6.5 * HOUR, None]


async def test_a_revocation_ends_all(partners, clock):
    """R40: also those that a rotation had left some hours; a new one can be made after."""
    await partners.register("consulat", by="ada")
    await partners.rotate("consulat", HOUR, by="ada")
    assert await partners.revoke("consulat", by="ada") == 2
    assert not any(each.works(clock.now()) for each in (await partners.all())[1])
    clock.advance(HOUR / 2)
    await partners.rotate("consulat", HOUR, by="ada")
    first, second, third = (await partners.all())[1]
    assert first.revoked
    assert second.revoked
    assert third.works(clock.now())


@pytest.mark.parametrize("act", ["rotate", "revoke"])
async def test_nobody_of_that_name(partners, act):
    """R40: said, and nothing is made."""
    arguments = ["nobody", HOUR] if act == "rotate" else ["nobody"]
    with pytest.raises(UnknownPartner, match="reassort partner list"):
        await getattr(partners, act)(*arguments, by="ada")
    assert await partners.all() == ([], [])


@pytest.mark.parametrize("name", ["consulat", "by-token"])
async def test_a_suspension_leaves_a_trace(partners, journal, clock, noon, name):
    """R61, A5: who, when and why, in the store and in the journal; also of a partner that only the
    settings name."""
    await partners.register("consulat", by="ada")
    await partners.suspend(name, "jeanne", "key on a public page")
    with pytest.raises(ValueError, match="suspended already"):
        await partners.suspend(name, "paul", "twice")
    clock.advance(HOUR)
    await partners.resume(name, "paul")
    with pytest.raises(ValueError, match="not suspended"):
        await partners.resume(name, "paul")
    ended = Suspension(name, noon, "jeanne", "key on a public page", noon + HOUR, "paul")
    assert list(await partners.suspensions()) == [ended]
    assert not ended.is_in_force
    told = [PartnerSuspended(name, "jeanne", "key on a public page"), PartnerResumed(name, "paul")]
    assert journal.kept[1:] == told
    await partners.suspend(name, "jeanne", "once more")
    assert [each.is_in_force for each in await partners.suspensions()] == [False, True]


async def test_a_suspension_of_nobody(partners, journal):
    """R61: a misspelt name is said, not kept."""
    with pytest.raises(UnknownPartner):
        await partners.suspend("consulta", "jeanne", "key on a public page")
    assert await partners.suspensions() == journal.kept == []


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("jeanne", " "), ("jeanne", "w" * 201)])
async def test_a_suspension_without_who_or_why(partners, by, reason):
    """R61: is no trace."""
    with pytest.raises(ValueError, match="1 to 200 characters"):
        await partners.suspend("by-token", by, reason)


class DiskFull(StoreUnavailable):
    """What happens between a deed and its trace."""


@pytest.fixture
def that_fails(diskless_store):
    """Units in which no trace can be left."""

    @asynccontextmanager
    async def begin():
        async with diskless_store.begin() as unit:

            async def add(_):
                raise DiskFull

            traceless = copy(unit)
            traceless.interventions = SimpleNamespace(add=add)
            yield traceless

    return begin


@pytest.mark.parametrize("deed", ["register", "rotate", "revoke"])
async def test_no_deed_without_its_trace(partners, journal, that_fails, deed):
    """R42: who did it stands in the same commit: what kept the trace out undoes the deed, and the
    journal does not tell of it."""
    await partners.register("consulat", by="ada")
    before, told = await partners.all(), list(journal.kept)
    failing = replace(partners, begin=that_fails)
    deeds = {
        "register": lambda: failing.register("annuaire", by="ada"),
        "rotate": lambda: failing.rotate("consulat", HOUR, by="ada"),
        "revoke": lambda: failing.revoke("consulat", by="ada"),
    }
    with pytest.raises(DiskFull):
        await deeds[deed]()
    assert (await partners.all(), journal.kept) == (before, told)


async def test_nobody_does_nothing(partners):
    """R42: a deed without a name is none."""
    with pytest.raises(ValueError, match="by"):
        await partners.register("consulat", by="")
    assert await partners.all() == ([], [])


async def test_no_job_is_requeued_without_its_trace(
    diskless_store, clock, journal, that_fails, noon
):
    """R42: the same of jobs that were given up."""
    store, job = diskless_store, Job(JobKind.SEND_LINK, "r1")
    async with store.begin() as unit:
        await unit.jobs.enqueue(job, at=noon)
        (claimed,) = await unit.jobs.claim(job.kind, 1, noon, noon + HOUR)
        await unit.jobs.bury(claimed, "rehearsed", noon)
    requeue = RequeueJobs(store.begin, clock, journal)
    with pytest.raises(DiskFull):
        await replace(requeue, begin=that_fails)([claimed.id], "ada")
    async with store.read() as unit:
        assert [each.job for each in await unit.jobs.dead(9)] == [job]
    assert await requeue([claimed.id], "ada") == 1
    async with store.read() as unit:
        assert not await unit.jobs.dead(9)
        (noted,) = await unit.interventions.latest(9)
    assert (noted.by, noted.act) == ("ada", Act.JOBS_REQUEUED)
    assert journal.kept == [OperatorActed(noted.act, noted.by, noted.detail)]
