"""R40: partners' keys, as an operator keeps them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.partner import ApiKey
from core.use_cases.keep_partners import KeepPartners, UnknownPartner

HOUR = timedelta(hours=1)


@pytest.fixture
def partners(diskless_store, clock, randomness):
    return KeepPartners(diskless_store.begin, diskless_store.read, clock, randomness)


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
