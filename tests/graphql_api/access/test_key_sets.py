"""R40: the issuer's keys: fetched once, dropped when it drops them, and never a storm."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.servers.issuer import SigningKey

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def works(ask):
    async def works(token):
        return (await ask(token)).status_code == 200

    return works


async def test_fetched_once(issuer, works):
    """R40: for as long as the keys are fresh; many callers at once wait for one fetch."""
    issuer.server.delay = 0.05
    assert all(await asyncio.gather(*(works(issuer.partner()) for _ in range(10))))
    issuer.clock.advance(4 * MINUTE)
    assert await works(issuer.partner())
    assert issuer.server.asked == 1
    issuer.clock.advance(2 * MINUTE)
    assert await works(issuer.partner())
    assert issuer.server.asked == 2


async def test_a_new_key_is_found_when_a_token_names_it(issuer, works):
    """R40: an issuer may sign with a new key at once."""
    assert await works(issuer.partner())
    issuer.clock.advance(11 * SECOND)
    new = SigningKey("second")
    issuer.server.keys.append(new.jwk)
    assert await works(new.sign(issuer.claims()))
    assert await works(issuer.partner())
    assert issuer.server.asked == 2


async def test_an_old_key_goes_with_the_next_fetch(issuer, ask, works, refused):
    """R40: a token of a key that the issuer dropped is refused; of the new one, taken."""
    assert await works(issuer.partner())
    new = SigningKey("second")
    issuer.server.keys = [new.jwk]
    assert await works(issuer.partner())
    issuer.clock.advance(11 * SECOND)
    assert await works(new.sign(issuer.claims()))
    token = issuer.partner()
    refused(await ask(token), "unknown_key_id", token)


async def test_an_old_key_goes_with_time(issuer, ask, works, refused):
    """R40: also when nobody names the new one."""
    assert await works(issuer.partner())
    issuer.server.keys = [SigningKey("second").jwk]
    issuer.clock.advance(5 * MINUTE)
    token = issuer.partner()
    refused(await ask(token), "unknown_key_id", token)


async def test_made_up_key_ids_cause_one_fetch_an_interval(issuer, works):
    """R38: an attacker's tokens do not become our load on the issuer."""
    assert await works(issuer.partner())
    issuer.clock.advance(11 * SECOND)
    tokens = [issuer.key.sign(issuer.claims(), kid=f"made-up-{number}") for number in range(20)]
    assert not any(await asyncio.gather(*(works(token) for token in tokens)))
    assert issuer.server.asked == 2
    assert await works(issuer.partner())
    issuer.clock.advance(11 * SECOND)
    assert not any([await works(token) for token in tokens])
    assert issuer.server.asked == 3


@pytest.fixture(params=["stopped", "error", "moved", "garbage", "no keys", "too many", "huge"])
def fail(request, issuer):
    """Makes the issuer misbehave."""

    async def fail():
        server = issuer.server
        match request.param:
            case "stopped":
                await server.stop()
            case "error":
                server.status = 500
            case "moved":
                server.status = 302
            case "garbage":
                server.body = b"<html>"
            case "no keys":
                server.body = b'{"keys": {"a": 1}}'
            case "too many":
                server.keys = [issuer.key.jwk] * 33
            case "huge":
                server.body = b" " * 70_000 + b'{"keys": []}'

    return fail


async def test_known_keys_outlive_an_outage(issuer, ask, works, put_off, fail, logged):
    """R40: for an hour, not for ever; and operators hear of it."""
    assert await works(issuer.partner())
    await fail()
    issuer.clock.advance(30 * MINUTE)
    assert await works(issuer.partner())
    assert logged.getvalue().count("key_set_unreachable") == 1
    issuer.clock.advance(31 * MINUTE)
    token = issuer.partner()
    put_off(await ask(token), "keys_unavailable", token)


async def test_an_issuer_that_never_answered(issuer, ask, works, put_off, fail):
    """R40: our fault, and said so, lest clients throw good tokens away; one attempt an interval."""
    await fail()
    for _ in range(3):
        token = issuer.partner()
        put_off(await ask(token), "keys_unavailable", token)
    assert issuer.server.asked <= 1


async def test_an_issuer_that_comes_back(issuer, works):
    """R40: without anyone's doing."""
    issuer.server.status = 503
    assert not await works(issuer.partner())
    issuer.server.status = 200
    assert not await works(issuer.partner())
    issuer.clock.advance(11 * SECOND)
    assert await works(issuer.partner())


async def test_a_slow_issuer(issuer, ask, put_off):
    """R38: is given three seconds; meanwhile voters are served."""
    issuer.server.delay = 30
    token = issuer.partner()
    waiting = asyncio.create_task(ask(token))
    await asyncio.sleep(0.1)
    assert (await ask()).status_code == 200
    assert not waiting.done()
    put_off(await waiting, "keys_unavailable", token)


STRANGE = {
    "a text": "key",
    "without an id": {"kid": None},
    "for encryption": {"use": "enc"},
    "of a kind nobody knows": {"kty": "magic"},
    "a secret": {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"},
    "without its numbers": {"x": None},
    "on another curve": {"crv": "P-384"},
    "for another algorithm": {"alg": "HS256"},
}


@pytest.mark.parametrize("name", STRANGE)
async def test_strange_keys_are_passed_over(issuer, ask, works, refused, name):
    """RFC 7517, 5: those that we do not understand spoil nothing."""
    strange = STRANGE[name]
    other = SigningKey("other")
    listed = {**other.jwk, **strange} if isinstance(strange, dict) else strange
    issuer.server.keys.insert(0, listed)
    assert await works(issuer.partner())
    token = other.sign(issuer.claims())
    refused(await ask(token), "unknown_key_id", token)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_weak_key(issuer, ask, refused):
    """RFC 7518, 3.3: RSA of 1024 bits is no key, even the issuer's."""
    weak = SigningKey("weak", "RS256", bits=1024)
    issuer.server.keys.append(weak.jwk)
    token = weak.sign(issuer.claims())
    refused(await ask(token), "unknown_key_id", token)


async def test_a_clock_that_was_set_back(issuer, works):
    """R40: what was fetched in the future is asked for again, not kept until then."""
    assert await works(issuer.partner())
    issuer.clock.advance(-60 * MINUTE)
    assert await works(issuer.partner())
    assert issuer.server.asked == 2
