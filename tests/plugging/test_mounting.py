"""The gateway's app below a path of a Starlette host (R39)."""

from __future__ import annotations

import httpx
import pytest

from core.errors import StoreUnavailable
from graphql_api.plugin import mount
from tests.plugging.hosts import starlette_host


@pytest.fixture
async def host(open_host):
    """A front end of a host that has mounted the gateway at `/renewal`."""
    return await open_host(starlette_host, "/renewal")


async def test_a_whole_renewal_below_a_mount(host, camille):
    """R39: the host starts what it mounts, and every form is answered there."""
    assert await host.works(await host.renew(camille), camille)


async def test_neither_redirect_nor_capture(host):
    """R39: the path is `/renewal/graphql` at once, and the host's own routes stay the host's."""
    answer = await host.http.get("/graphql", params={"query": "{ votingRound { id } }"})
    assert answer.status_code == 200
    assert not answer.history
    home = httpx.URL(str(host.http.base_url)).copy_with(path="/")
    assert (await host.http.get(home)).text == "the host"
    assert (await host.http.get("/healthz")).json() == {"status": "alive"}
    assert (await host.http.get("/readyz")).json()["status"] == "ready"
    missing = await host.http.get("/nothing")
    assert (missing.status_code, missing.json()["errors"][0]["extensions"]["code"]) == (
        404,
        "BAD_REQUEST",
    )


async def test_requests_keep_their_ids_below_a_mount(host, logged):
    """R37, R42: an answer has a correlation id, and the log the same."""
    host.application.gateway.calendar.__dict__["rounds"] = "a secret defect"
    answer = await host.send("{ votingRound { id } }")
    id = answer.headers["x-correlation-id"]
    assert answer.json()["errors"][0]["extensions"]["correlationId"] == id
    assert id in logged.getvalue()
    assert "defect" not in answer.text


async def test_bodies_are_capped_below_a_mount(host):
    """R36: before they are read to their end."""
    answer = await host.http.post("/graphql", content=b"x" * 70_000)
    assert answer.status_code == 413


async def test_limits_count_below_a_mount(open_host):
    """R26: by network, as the host's server tells it."""
    host = await open_host(starlette_host, "/renewal", network_limit="1/minute")
    await host.code("REQUEST")
    answer = await host.send(host.ISSUE, {"input": {"step": "REQUEST"}})
    assert answer.json()["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"


async def test_secrets_do_not_come_by_get(open_host):
    """R20: below a mount as at the root."""
    host = await open_host(starlette_host, "/renewal")
    secret = {"query": '{ renewalLink(token: "x") { usable } }'}
    assert (await host.http.get("/graphql", params=secret)).status_code == 405


async def test_other_origins_are_allowed_below_a_mount(open_host):
    """R36: the origins that the settings list, wherever `/graphql` is."""
    origin = "https://vote.example.org"
    host = await open_host(starlette_host, "/renewal", cors_origins=origin)
    answer = await host.http.get(
        "/graphql", params={"query": "{ votingRound { id } }"}, headers={"Origin": origin}
    )
    assert answer.headers["access-control-allow-origin"] == origin


async def test_the_host_starts_and_stops_by_hand(open_portal):
    """R39: for hosts whose lifespan is none of Starlette's."""
    portal = await open_portal()
    await portal.application.stop()
    mounted = mount(portal.application, "/renewal")
    await mounted.start()
    assert await portal.application.is_ready()
    await mounted.stop()
    with pytest.raises(StoreUnavailable):
        async with portal.application.ports.store.read():
            pass


@pytest.mark.parametrize("path", ["", "renewal", "/renewal/", "/"])
async def test_a_path_that_is_none(open_portal, path):
    """R39: said at start, and not by a redirect at the first call."""
    portal = await open_portal()
    with pytest.raises(ValueError, match="path"):
        mount(portal.application, path)


async def test_the_portal_is_not_mounted(open_portal):
    """R39: its pages call `/graphql`, which is another place in a host."""
    portal = await open_portal(portal=True)
    with pytest.raises(ValueError, match="REASSORT_PORTAL"):
        mount(portal.application, "/renewal")
