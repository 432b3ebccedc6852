"""The ports `Partners` and `PartnerKeys`, over every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.errors import StoreUnavailable
from core.partner import Partner, PartnerKey, Suspension

HOUR = timedelta(hours=1)


@pytest.fixture
def consulat(noon):
    scopes = frozenset({"renewals:write", "assistance:write"})
    return Partner("consulat", scopes, ("https://consulat.example.org",), noon)


@pytest.fixture
def key(noon):
    return PartnerKey("aaaaaaaaaa", "consulat", bytes(range(32)), noon)


async def put(store, *keys):
    async with store.begin() as unit:
        for each in keys:
            await unit.partner_keys.add(each)


async def keys(store):
    async with store.read() as unit:
        return list(await unit.partner_keys.all())


async def test_partners_come_back_as_they_went(store, consulat, noon):
    """R40: scopes and origins, none of them included; in the order of the names."""
    other = Partner("annuaire", frozenset(), (), noon - HOUR)
    async with store.begin() as unit:
        assert await unit.partners.add(consulat)
        assert await unit.partners.add(other)
    async with store.read() as unit:
        assert list(await unit.partners.all()) == [other, consulat]
        assert await unit.partners.get("consulat") == consulat
        assert await unit.partners.get("nobody") is None


async def test_a_name_is_given_once(store, consulat):
    """R40: the second one of a name changes nothing of the first."""
    async with store.begin() as unit:
        assert await unit.partners.add(consulat)
        assert not await unit.partners.add(replace(consulat, scopes=frozenset()))
    async with store.read() as unit:
        assert await unit.partners.get("consulat") == consulat


async def test_keys_come_back_as_they_went(store, key, noon):
    """R40: oldest first, with their ends and uses."""
    ended = replace(
        key,
        prefix="bbbbbbbbbb",
        created_at=noon - HOUR,
        ends_at=noon,
        revoked=True,
        last_used_at=noon - HOUR / 2,
    )
    await put(store, key, ended)
    assert await keys(store) == [ended, key]


async def test_a_prefix_is_given_once(store, key):
    """R40: nobody's key takes the place of another's."""
    await put(store, key)
    with pytest.raises(StoreUnavailable):
        await put(store, replace(key, partner="other"))
    assert await keys(store) == [key]


async def test_only_what_would_work_longer_ends(store, key, noon):
    """R40: a rotation never prolongs a key, and touches no other partner's."""
    sooner = replace(key, prefix="bbbbbbbbbb", ends_at=noon + HOUR / 2)
    later = replace(key, prefix="cccccccccc", ends_at=noon + 2 * HOUR)
    others = replace(key, prefix="dddddddddd", partner="other")
    await put(store, key, sooner, later, others)
    async with store.begin() as unit:
        assert await unit.partner_keys.end("consulat", noon + HOUR, revoked=False) == 2
    assert {each.prefix[0]: each.ends_at for each in await keys(store)} == {
        "a": noon + HOUR,
        "b": noon + HOUR / 2,
        "c": noon + HOUR,
        "d": None,
    }
    async with store.begin() as unit:
        assert await unit.partner_keys.end("consulat", noon, revoked=True) == 3
    assert [each.revoked for each in await keys(store)] == [True, True, True, False]


async def test_the_latest_use_is_kept(store, key, noon):
    """R40: several processes write it down, in any order."""
    await put(store, key)
    for at in (noon + HOUR, noon, noon + HOUR / 2):
        async with store.begin() as unit:
            await unit.partner_keys.note_use(key.prefix, at, tells_voter=at == noon)
            await unit.partner_keys.note_use("unknown", at, tells_voter=True)
    assert await keys(store) == [replace(key, last_used_at=noon + HOUR, voter_told_at=noon)]


async def test_one_suspension_of_a_partner_is_in_force(store, noon):
    """R61: the first one; once it has ended another may follow, and all are kept."""
    first = Suspension("consulat", noon, "jeanne", "first")
    other = Suspension("annuaire", noon, "jeanne", "other")
    async with store.begin() as unit:
        assert await unit.suspensions.add(first)
        assert await unit.suspensions.add(other)
        assert not await unit.suspensions.add(replace(first, reason="second"))
    async with store.read() as unit:
        assert list(await unit.suspensions.in_force()) == [other, first]
    async with store.begin() as unit:
        assert await unit.suspensions.end("consulat", noon + HOUR, "paul")
        assert not await unit.suspensions.end("consulat", noon + HOUR, "paul")
        assert not await unit.suspensions.end("nobody", noon, "paul")
    ended = replace(first, resumed_at=noon + HOUR, resumed_by="paul")
    async with store.begin() as unit:
        assert await unit.suspensions.add(replace(first, reason="third"))
    async with store.read() as unit:
        assert list(await unit.suspensions.all()) == [ended, other, replace(first, reason="third")]
