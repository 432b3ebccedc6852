"""R40: API keys: recognised, rotated, revoked within seconds, and their use noted beside."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import structlog

from core.errors import StoreUnavailable
from graphql_api.access.api_keys import ApiKeys
from graphql_api.access.caller import ANONYMOUS, Access, Caller
from graphql_api.access.refusal import AccessRefusal, Reason

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
ORIGIN = "https://consulat.example.org"


@pytest.fixture
async def partners(guarded):
    return guarded.application.keep_partners


@pytest.fixture
async def key(partners):
    """The first key of a partner."""
    return (await partners.register("consulat", ["renewals:write"], [ORIGIN], by="ada")).reveal()


@pytest.fixture
def works(ask):
    async def works(key):
        return (await ask(key)).status_code == 200

    return works


@pytest.fixture
def later(clock):
    """Lets the copy of the list grow old."""
    return lambda: clock.advance(6 * SECOND)


async def test_by_either_header(ask, key, later):
    """R40: `Authorization: Bearer` or `X-Api-Key`."""
    later()
    for headers in ({"authorization": f"Bearer {key}"}, {"x-api-key": key}):
        answer = await ask(headers=headers)
        assert answer.json() == {"data": {"renewalLink": {"usable": False}}}


async def test_a_new_key_is_known_within_seconds(works, key, later):
    """R40: the copy of the list is five seconds old at most."""
    assert not await works(key)
    later()
    assert await works(key)


@pytest.mark.parametrize(
    "broken",
    [
        lambda key: key[:-1] + ("A" if key[-1] != "A" else "B"),
        lambda key: "rsk_0000000000" + key[14:],
        lambda key: key + "A",
        lambda key: key[:20],
        lambda key: "rsk_",
        lambda key: key.replace("rsk_", "rsk_ "),
        lambda key: "rsk_é" + key[5:],
    ],
)
async def test_unknown_keys(ask, key, later, refused, broken):
    """R40: refused like any other credential."""
    later()
    token = broken(key)
    refused(await ask(headers={"x-api-key": token.encode()}), "unknown_api_key", token)


async def test_a_rotation_with_overlap(partners, ask, works, key, later, clock, refused):
    """R40: the old key still works for the hours that were given, the new one at once."""
    new = (await partners.rotate("consulat", HOUR, by="ada")).reveal()
    later()
    assert await works(key)
    assert await works(new)
    clock.advance(HOUR)
    refused(await ask(key), "api_key_ended", key)
    assert await works(new)


async def test_a_revocation(partners, ask, works, key, later, refused, clock):
    """R40: effective within five seconds, in every process."""
    later()
    assert await works(key)
    assert await partners.revoke("consulat", by="ada") == 1
    clock.advance(4 * SECOND)
    assert await works(key)
    clock.advance(SECOND)
    refused(await ask(key), "api_key_revoked", key)


async def test_the_secret_is_nowhere(guarded, key, works, later, logged):
    """R40: neither in the store nor in a log nor in a representation."""
    later()
    assert await works(key)
    secret = key.split("_", 2)[2]
    await guarded.application.ports.store.checkpoint()
    folder = guarded.application.settings.data_dir
    assert all(secret.encode() not in each.read_bytes() for each in folder.iterdir())
    assert secret not in logged.getvalue()


async def test_the_last_use_is_noted_once_a_minute(guarded, partners, works, key, later, clock):
    """R40: beside the request."""

    async def noted():
        await guarded.application.authentication.aclose()
        return (await partners.all())[1][0].last_used_at

    later()
    first = clock.now()
    assert await works(key)
    assert await noted() == first
    clock.advance(59 * SECOND)
    assert await works(key)
    assert await noted() == first
    clock.advance(SECOND)
    assert await works(key)
    assert await noted() == clock.now()


async def test_an_origin_of_a_partner(guarded, key, later):
    """R36: what may be asked from its pages, once the copy has been renewed."""
    authentication = guarded.application.authentication
    assert not authentication.allows_origin(ORIGIN)
    later()
    assert not authentication.allows_origin(ORIGIN)
    await authentication.aclose()
    assert authentication.allows_origin(ORIGIN)
    assert not authentication.allows_origin("https://other.example.org")


async def test_a_page_of_a_partner_may_call(guarded, key, later):
    """R36: from another origin than ours, without a key: as a voter's."""
    later()
    await guarded.application.authentication.start()
    asked = {"access-control-request-method": "POST"}
    for origin, status in ((ORIGIN, 204), ("https://other.example.org", 405)):
        answer = await guarded.http.options("/graphql", headers={"origin": origin, **asked})
        assert answer.status_code == status
        assert ("access-control-allow-origin" in answer.headers) == (status == 204)


async def test_a_credential_in_a_log_is_scrubbed(logged, key, issuer):
    """R42: whatever it stands in, should it ever get there."""
    secrets = (key, issuer.partner())
    for secret in secrets:
        structlog.stdlib.get_logger("library").info(f"sent {secret} along")
    assert not any(part in logged.getvalue() for each in secrets for part in each.split(".")[:1])
    assert logged.getvalue().count("[scrubbed]") == 2


class Units:
    """The store's units, counted; while `down`, or `slow`, it is that."""

    def __init__(self, store):
        self._store = store
        self.read_count = 0
        self.down = False

    @asynccontextmanager
    async def read(self):
        self.read_count += 1
        if self.down:
            raise StoreUnavailable("rehearsed outage")
        async with self._store.read() as unit:
            yield unit

    @asynccontextmanager
    async def begin(self):
        if self.down:
            raise StoreUnavailable("rehearsed outage")
        async with self._store.begin() as unit:
            yield unit


@pytest.fixture
def units(guarded):
    return Units(guarded.application.ports.store)


@pytest.fixture
def api_keys(units, clock):
    return ApiKeys(units.begin, units.read, clock)


async def test_many_callers_cause_one_look(api_keys, units, key):
    """R38: whoever tries keys causes no query of their own."""
    wrong = "rsk_0000000000_" + "A" * 43
    found = await asyncio.gather(*(api_keys.recognize(each) for each in [key, wrong] * 10))
    assert found[0] == Caller(Access.PARTNER, "consulat", frozenset({"renewals:write"}))
    assert found[1] == AccessRefusal(Reason.UNKNOWN_API_KEY)
    assert units.read_count == 1


async def test_a_store_that_does_not_answer(api_keys, units, key, clock):
    """R40: nobody is taken at their word; the store is asked once a second, and soon again."""
    assert isinstance(await api_keys.recognize(key), Caller)
    units.down = True
    clock.advance(5 * SECOND)
    for _ in range(3):
        assert await api_keys.recognize(key) == AccessRefusal(Reason.PARTNERS_UNAVAILABLE)
    assert units.read_count == 2
    units.down = False
    clock.advance(SECOND)
    assert isinstance(await api_keys.recognize(key), Caller)


async def test_suspensions_while_the_store_does_not_answer(api_keys, units, key, clock):
    """R61: by the copy before; without any, nobody with a token is let in."""
    units.down = True
    assert await api_keys.barred("consulat") == AccessRefusal(Reason.PARTNERS_UNAVAILABLE)
    units.down = False
    clock.advance(SECOND)
    assert await api_keys.barred("consulat") is None
    units.down = True
    clock.advance(5 * SECOND)
    assert await api_keys.barred("consulat") is None


async def test_a_use_that_cannot_be_noted(api_keys, units, key, logged):
    """R40: harms nobody."""
    await api_keys.start()
    units.down = True
    assert isinstance(await api_keys.recognize(key), Caller)
    await api_keys.aclose()
    assert "use_of_key_not_noted" in logged.getvalue()


def test_scopes_are_not_asked_of_voters():
    """R40: nobody in particular has none."""
    assert ANONYMOUS.scopes == frozenset()
    assert ANONYMOUS.partner is None


async def test_origins_are_looked_up_by_one_at_a_time(api_keys):
    """R38: however many requests with an `Origin` come while the store hangs."""
    for _ in range(1000):
        api_keys.has_origin("https://stranger.example.org")
    assert len(api_keys._running) == 1
    await api_keys.aclose()
