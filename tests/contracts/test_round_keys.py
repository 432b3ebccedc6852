"""The port `RoundKeys` and what keeps it, over every engine."""

from __future__ import annotations

import pytest

from adapters.sealing import AesGcmSealing
from core.keys import Keyring, SecretKey
from core.round_keys import round_voter
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.voter import Numic

ROUND, NUMIC = "2027-1", Numic("00012345")
NEWER = SecretKey("2028", b"p" * 32)


@pytest.fixture
def keep(store, clock, randomness):
    def keep(keyring):
        sealing = AesGcmSealing(keyring, randomness)
        return KeepRoundKeys(store.begin, store.read, sealing, clock, randomness)

    return keep


@pytest.fixture
def known(store):
    """By what a process with these keys knows a voter in a round."""

    async def known(keys, round_id=ROUND, numic=NUMIC):
        async with store.begin() as unit:
            return await keys.voter_in(unit, round_id, numic)

    return known


async def test_a_voter_is_known_by_the_same_in_a_round_and_by_another_in_the_next(
    keep, known, keyring
):
    """R48: the key is made once, by whoever comes first."""
    first, other = keep(keyring), keep(keyring)
    mine = await known(first)
    assert len(mine) == 32
    assert await known(other) == mine
    assert await known(first, numic=Numic("00099999")) != mine
    assert await known(first, "2027-2") != mine


async def test_a_rotation_changes_nothing_of_it(keep, known, keyring):
    """R48: U10: sealed under the newest key by whoever starts after the rotation; then the older
    keys may leave the ring."""
    mine = await known(keep(keyring))
    rotated = keep(Keyring((NEWER, *keyring.keys)))
    assert await known(rotated) == mine
    assert [each.key_id for each in await rotated.all()] == ["2027"]
    assert (await rotated.seal_anew(), await rotated.seal_anew()) == (1, 0)
    alone = Keyring((NEWER,))
    assert all(each.outlives_rotation(alone) for each in await rotated.all())
    assert await known(keep(alone)) == mine


async def test_a_key_that_cannot_be_opened_is_left_as_it_is(keep, known, keyring):
    """R48: nobody goes without a link for it, none takes its place, and once the key of the ring
    is back, all is as before."""
    mine = await known(keep(keyring))
    strange = keep(Keyring((NEWER,)))
    assert await known(strange) is None
    assert await strange.seal_anew() == 0
    assert await known(keep(keyring)) == mine


async def test_one_that_was_changed_in_the_database_is_not_used(store, keep, known, keyring):
    """R48: nor sealed anew. What is sealed opens for its own round only."""
    keys = keep(keyring)
    await known(keys)
    await known(keys, "2027-2")
    async with store.begin() as unit:
        await unit.sql.execute(
            "UPDATE round_key SET sealed = (SELECT sealed FROM round_key WHERE round = '2027-2')"
        )
    rotated = keep(Keyring((NEWER, *keyring.keys)))
    assert await known(rotated) is None
    assert await rotated.seal_anew() == 1
    assert await known(rotated, "2027-2") is not None


async def test_what_is_destroyed_does_not_come_back(store, keep, known, keyring, noon):
    """R47, R48: the row stays, without the key, and no process makes another; nor for a round that
    had none."""
    keys = keep(keyring)
    await known(keys)
    for round_id in (ROUND, "2027-2"):
        async with store.begin() as unit:
            await unit.round_keys.destroy(round_id, noon)
        assert await known(keys, round_id) is None
    assert [(each.sealed, each.destroyed_at) for each in await keys.all()] == [(b"", noon)] * 2
    assert await keep(Keyring((NEWER, *keyring.keys))).seal_anew() == 0


async def test_two_that_seal_anew_at_once_do_it_once(store, keep, known, keyring):
    """R48: the second finds that what it has read stands no more."""
    await known(keep(keyring))
    rotated = keep(Keyring((NEWER, *keyring.keys)))
    (was,) = await rotated.all()
    await rotated.seal_anew()
    async with store.begin() as unit:
        assert not await unit.round_keys.reseal(was, was=was)


def test_a_voter_is_known_by_an_hmac():
    """R48: the test vector keeps it from changing: rows of a round hold it."""
    assert round_voter(b"k" * 32, NUMIC) == "19a544fced44062ba910d30408456fd8"
    with pytest.raises(ValueError, match="32 bytes"):
        round_voter(b"", NUMIC)
