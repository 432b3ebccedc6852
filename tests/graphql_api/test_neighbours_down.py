"""U9: a neighbour that is down is an alert with its since, whoever calls it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from core.errors import CredentialsUnavailable, MessageDeferred
from tests.rehearsal import TrialRegister

MINUTE = timedelta(minutes=1)


class Down:
    """The ports `Email`, `Sms` and `Credentials` over another; each call fails while `down`."""

    down = False

    def __init__(self, inner, failure):
        self._inner, self._failure = inner, failure

    def __getattr__(self, name):
        return getattr(self._inner, name)

    async def send(self, message):
        if self.down:
            raise self._failure
        return await self._inner.send(message)

    async def put(self, *values):
        if self.down:
            raise self._failure
        return await self._inner.put(*values)

    async def aclose(self):
        close = getattr(self._inner, "aclose", None)
        if close is not None:
            await close()


CASES = {
    "relay": lambda ports: {"email": Down(ports.email, MessageDeferred("relay: timeout"))},
    "route inbox": lambda ports: {"sms": {"inbox": Down(ports.sms["inbox"], MessageDeferred("x"))}},
    "register": lambda ports: {"register": TrialRegister(ports.register)},
    "credentials": lambda ports: {
        "credentials": Down(ports.credentials, CredentialsUnavailable("x"))
    },
}


def told(lines):
    names = ("neighbour_down", "neighbour_up")
    return [(e["event"], e["neighbour"], e["since"]) for e in lines if e["event"] in names]


@pytest.mark.parametrize("neighbour", CASES)
async def test_a_worker_tells(open_portal, clock, neighbour):
    """R32, R29: once, with the time of the first failure; and when it answers again."""
    broken = {}

    def adapt(ports):
        broken.update(CASES[neighbour](ports))
        return replace(ports, **broken)

    portal = await open_portal(adapt)
    worker = portal.application.worker
    (port,) = broken.values()
    port = port["inbox"] if isinstance(port, dict) else port
    with capture_logs() as lines:
        if neighbour in ("register", "relay"):
            await portal.request()
        else:
            await portal.confirm(await portal.token(), "K7WPQ2M4XN9B")
        port.down = True
        since = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
        for _ in range(12):
            await worker.catch_up()
            clock.advance(MINUTE / 6)
        assert told(lines) == [("neighbour_down", neighbour, since)]
        port.down = False
        for _ in range(40):
            await worker.catch_up()
            clock.advance(MINUTE / 6)
    assert told(lines)[1:] == [("neighbour_up", neighbour, since)]


async def test_a_gateway_tells_of_the_register(open_portal, clock, camille):
    """R32: it asks for itself, when links are used."""
    register = None

    def adapt(ports):
        nonlocal register
        register = TrialRegister(ports.register)
        return replace(ports, register=register)

    portal = await open_portal(adapt)
    token = await portal.token()
    register.down = True
    since = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
    with capture_logs() as lines:
        for _ in range(3):
            await portal.confirm(token, camille.identifier)
            clock.advance(MINUTE / 2)
        await portal.application.watch_neighbours()
    assert told(lines) == [("neighbour_down", "register", since)]
