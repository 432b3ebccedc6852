"""R40: partners' keys, as an operator keeps them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.events import PartnerResumed, PartnerSuspended
from core.partner import ApiKey, Suspension
from core.use_cases.keep_partners import KeepPartners, UnknownPartner
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
    key = await partners.register("consulat", ["renewals:write"], ["https://a.example.org"])
    (partner,), (stored,) = await partners.all()
    assert partner.scopes == {"renewals:write"}
    assert partner.origins == ("https://a.example.org",)
    assert (stored.prefix, stored.partner, stored.created_at) == (key.prefix, "consulat", noon)
    assert stored.opens_with(ApiKey.read(key.reveal()).digest)


async def test_a_name_is_given_once(partners):
    """R40: and a second attempt leaves no key behind."""
    await partners.register("consulat")
    with pytest.raises(ValueError, match="already"):
        await partners.register("consulat")
    assert len((await partners.all())[1]) == 1


async def test_a_rotation_never_prolongs(partners, clock, noon):
    """R40: a key that was to end in an hour ends then, however long the next overlap is."""
    await partners.register("consulat")
    clock.advance(HOUR)
    await partners.rotate("consulat", HOUR)
    clock.advance(HOUR / 2)
    await partners.rotate("consulat", 5 * HOUR)
    ends = [each.ends_at for each in (await partners.all())[1]]
    assert ends == [noon + 2 * HOUR, noon + 6.5 * HOUR, None]


async def test_a_revocation_ends_all(partners, clock):
    """R40: also those that a rotation had left some hours; a new one can be made after."""
    await partners.register("consulat")
    await partners.rotate("consulat", HOUR)
    assert await partners.revoke("consulat") == 2
    assert not any(each.works(clock.now()) for each in (await partners.all())[1])
    clock.advance(HOUR / 2)
    await partners.rotate("consulat", HOUR)
    first, second, third = (await partners.all())[1]
    assert first.revoked
    assert second.revoked
    assert third.works(clock.now())


@pytest.mark.parametrize("act", ["rotate", "revoke"])
async def test_nobody_of_that_name(partners, act):
    """R40: said, and nothing is made."""
    arguments = ["nobody", HOUR] if act == "rotate" else ["nobody"]
    with pytest.raises(UnknownPartner, match="reassort partner list"):
        await getattr(partners, act)(*arguments)
    assert await partners.all() == ([], [])


@pytest.mark.parametrize("name", ["consulat", "by-token"])
async def test_a_suspension_leaves_a_trace(partners, journal, clock, noon, name):
    """R61, A5: who, when and why, in the store and in the journal; also of a partner that only the
    settings name."""
    await partners.register("consulat")
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
    assert journal.kept == told
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
