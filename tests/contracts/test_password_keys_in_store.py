"""Which password keys a database's seeds are for, on every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.intervention import Act, Intervention
from core.keys import Keyring, SecretKey
from core.recovery_request import State


async def test_the_first_file_makes_it_its_own(store):
    """R20: machines with other files are told whose it is."""
    assert await store.password_key_file() is None
    assert await store.claim_password_keys("1a2b3c4d") == "1a2b3c4d"
    assert await store.claim_password_keys("00000000") == "1a2b3c4d"
    assert await store.password_key_file() == "1a2b3c4d"


async def test_of_many_at_once_one_does(store):
    """R20: processes that start together agree."""
    names = [f"{number:08x}" for number in range(5)]
    whose = await asyncio.gather(*map(store.claim_password_keys, names))
    assert len(set(whose)) == 1
    assert await store.password_key_file() == whose[0]


async def test_an_operator_may_change_it(store, noon):
    """R29, R42: a file that is lost, or not wanted any more. Who says so stands in the commit."""
    await store.claim_password_keys("1a2b3c4d")
    for file_id in ("00000000", None):
        order = Intervention(noon, "ada", Act.PASSWORD_KEYS_ADOPTED, str(file_id))
        await store.adopt_password_keys(file_id, order)
        assert await store.password_key_file() == file_id
        async with store.read() as unit:
            assert await unit.interventions.last(order.act) == order


async def test_it_is_no_key_of_the_ring(store, keyring):
    """R29: whose database it is does not depend on it, in either order; 0.2.0 looks at the rows
    whose ids it knows."""
    await store.claim_password_keys("1a2b3c4d")
    await store.belong_to(keyring)
    await store.belong_to(Keyring((SecretKey("2028", b"x" * 32), *keyring.keys)))
    assert await store.password_key_file() == "1a2b3c4d"


async def test_the_keys_that_seeds_are_for(store, link_sent):
    """R20: each once; a seed that is wiped needs none."""
    async with store.begin() as unit:
        for id, key, seed in (
            ("r1", "2027:1a2b3c4d:2027-06-05", b"s"),
            ("r2", "2027:1a2b3c4d:2027-06-05", b"s"),
            ("r3", "2027", b"s"),
            ("r4", "2027:1a2b3c4d:2027-06-04", None),
            ("r5", None, None),
        ):
            fields = {"state": State.CONFIRMED, "seed": seed, "password_key": key}
            await unit.requests.add(link_sent(id, **fields))
    async with store.read() as unit:
        held = await unit.housekeeping.password_keys_in_use()
    assert sorted(held) == ["2027", "2027:1a2b3c4d:2027-06-05"]


async def test_the_keys_that_open_requests_need(store, link_sent, noon):
    """R14, R42: while the link can be used or the password is on its way; ended ones need none."""
    seeds = {"state": State.CONFIRMED, "seed": b"s"}
    asked = [link_sent(f"r{number}") for number in range(6)]
    asked[0] = replace(asked[0], link=replace(asked[0].link, key_id="2026"))
    asked[1] = replace(asked[1], **seeds)
    asked[2] = replace(asked[2], state=State.REVOKED)
    asked[3] = replace(asked[3], state=State.DELIVERED)
    asked[4] = replace(asked[4], link=replace(asked[4].link, expires_at=noon))
    async with store.begin() as unit:
        for each in asked:
            await unit.requests.add(each)
        assert await unit.housekeeping.open_by_key(noon) == {"2026": 1, "2027": 2}
