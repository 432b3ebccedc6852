"""Pages of other origins: those that are listed may ask, without cookies; nobody else."""

from __future__ import annotations

import pytest

from graphql_api.over_http.cors import Origins
from graphql_api.over_http.head import Head
from graphql_api.settings import SettingsRefused

OURS, THEIRS = "https://vote.example.org", "https://vote.example.org.evil.example.com"
PREFLIGHT = {
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type",
}


@pytest.fixture
async def shared(open_portal):
    """A gateway that two origins may ask."""
    return await open_portal(cors_origins=f"{OURS}, http://localhost:3000")


def cors_headers(response):
    return {name for name in response.headers if name.startswith("access-control")}


async def test_an_origin_that_is_listed(shared):
    """R36: its preflight is answered, and it may read answers and refusals; never with cookies,
    never for everyone, and caches are told that it depends on the origin."""
    preflight = await shared.http.options("/graphql", headers={"origin": OURS, **PREFLIGHT})
    assert (preflight.status_code, preflight.content) == (204, b"")
    assert preflight.headers["access-control-allow-methods"] == "GET, POST"
    assert "content-type" in preflight.headers["access-control-allow-headers"]
    answers = [
        await shared.http.post(
            "/graphql", json={"query": "{__typename}"}, headers={"origin": OURS}
        ),
        await shared.http.post("/graphql", content=" " * 70_000, headers={"origin": OURS}),
    ]
    assert [each.status_code for each in answers] == [200, 413]
    for response in (preflight, *answers):
        assert response.headers["access-control-allow-origin"] == OURS
        assert "access-control-allow-credentials" not in response.headers
        assert response.headers["vary"] == "Origin"
        assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "origin", [THEIRS, "null", "*", "http://vote.example.org", OURS.upper(), f"{OURS}:443", ""]
)
async def test_every_other_origin(shared, origin):
    """R36: exactly those that are listed: no other scheme, port, suffix or spelling."""
    headers = {"origin": origin, **PREFLIGHT}
    for response in (
        await shared.http.options("/graphql", headers=headers),
        await shared.http.post("/graphql", json={"query": "{__typename}"}, headers=headers),
    ):
        assert cors_headers(response) == set()
        assert response.headers["vary"] == "Origin"
    assert (await shared.http.options("/graphql", headers=headers)).status_code == 405


async def test_two_origins_at_once(shared):
    """R36: a request with two `Origin` headers is of nobody's."""
    headers = [("origin", OURS), ("origin", OURS), *PREFLIGHT.items()]
    assert cors_headers(await shared.http.options("/graphql", headers=headers)) == set()


async def test_other_paths_and_no_setting(shared, open_portal):
    """R36: only the endpoint is shared, and without the setting nothing is."""
    assert cors_headers(await shared.http.get("/healthz", headers={"origin": OURS})) == set()
    portal = await open_portal()
    response = await portal.http.post(
        "/graphql", json={"query": "{__typename}"}, headers={"origin": OURS}
    )
    assert cors_headers(response) == set()
    assert response.headers["vary"] == "Origin"  # partners may have told origins


def test_origins_of_partners():
    """R36: origins may also be told by whoever knows the partners, and taken away again."""
    told = Origins((), also=lambda origin: origin == OURS)
    assert told.allowed(Head([(b"origin", OURS.encode())])) == OURS
    assert told.allowed(Head([(b"origin", THEIRS.encode())])) is None
    barred = Origins((OURS,), never=lambda origin: origin == OURS)
    assert barred.allowed(Head([(b"origin", OURS.encode())])) is None


@pytest.mark.parametrize(
    "text", ["*", "vote.example.org", "https://*.example.org", f"{OURS}/", f"{OURS} {OURS}", "null"]
)
def test_origins_are_exact(make_settings, text):
    """R36: a wildcard or half an origin is refused at start."""
    with pytest.raises(SettingsRefused, match="REASSORT_CORS_ORIGINS: write origins such as"):
        make_settings(cors_origins=text)
