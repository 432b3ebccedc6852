"""Under which id a request is found again, by those who stand before the gateway, too."""

from __future__ import annotations

import json

import pytest

HEADER = "x-correlation-id"
UUID = "9b2d7a54-0e6f-4c1b-8a9d-3f5e7c1d2b4a"
SECRET = "r" * 32


async def answered(portal, *ids: str, **headers: str) -> str:
    """The id of the answer to a request that names these ids."""
    shown = [*((HEADER, each) for each in ids), *headers.items()]
    body = {"query": "{ nope }"}
    answer = await portal.http.post("/graphql", json=body, headers=shown)
    found = answer.headers[HEADER]
    assert answer.json()["errors"][0]["extensions"]["correlationId"] == found
    return found


async def test_a_listed_proxys_id_is_taken(open_portal, logged):
    """R42: its log and ours are joined by it; the answer has it, too."""
    portal = await open_portal(client="10.0.0.1", trusted_proxies="10.0.0.0/8")
    assert await answered(portal, UUID, **{"x-forwarded-for": "198.51.100.7"}) == UUID
    lines = [json.loads(line) for line in logged.getvalue().splitlines()]
    assert UUID in [line.get("correlation_id") for line in lines]


@pytest.mark.parametrize(
    "ids",
    [
        [],
        [""],
        ["short"],
        ["x" * 65],
        ["two words"],
        ['"quoted-id"'],
        ["a1b2c3d4\x7f"],
        [UUID, UUID],
        [f"{UUID},{UUID}"],
    ],
)
async def test_what_is_no_id_is_replaced(open_portal, ids):
    """R20: nothing that could hold a value, or look like another field of the log, is taken."""
    portal = await open_portal(client="10.0.0.1", trusted_proxies="10.0.0.0/8")
    found = await answered(portal, *ids)
    assert found not in ids
    assert len(found) == 16


async def test_nobody_else_names_it(open_portal):
    """R20: a caller cannot put its lines among another's."""
    portal = await open_portal(client="198.51.100.7", trusted_proxies="10.0.0.0/8")
    assert await answered(portal, UUID) != UUID
    assert await answered(portal, UUID, **{"x-forwarded-for": "10.0.0.1"}) != UUID
    assert await answered(portal, UUID, **{"router-authorization": SECRET}) != UUID


async def test_the_router_names_it(open_portal):
    """R39: by its secret, wherever it calls from; neither by a wrong one nor because the door is
    open."""
    portal = await open_portal(subgraph=True, router_secrets=SECRET)
    assert await answered(portal, UUID, **{"router-authorization": SECRET}) == UUID
    assert await answered(portal, UUID, **{"router-authorization": "w" * 32}) != UUID
    assert await answered(portal, UUID) != UUID
