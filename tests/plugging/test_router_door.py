"""`_service` and `_entities`: for routers, and for nobody else (R39)."""

from __future__ import annotations

import pytest

from graphql_api.cli import main
from graphql_api.settings import SettingsRefused
from graphql_api.subgraph import Routers, subgraph_sdl
from tests.plugging.routers import SECRET

OTHER = "another-secret-that-takes-its-place"
SERVICE = "{ _service { sdl } }"
ENTITIES = """
query ($of: [_Any!]!) { _entities(representations: $of) { ... on VotingRound { id isOpen } } }
"""


@pytest.fixture
async def subgraph(open_portal):
    """A front end of a subgraph whose router has a secret."""
    return await open_portal(subgraph=True, router_secrets=f"{OTHER},{SECRET}")


async def ask(portal, document, variables=None, secret=SECRET):
    headers = {} if secret is None else {"Router-Authorization": secret}
    body = {"query": document, "variables": variables}
    return await portal.http.post("/graphql", json=body, headers=headers)


@pytest.mark.parametrize("secret", [SECRET, OTHER])
async def test_the_router_gets_the_sdl(subgraph, secret):
    """R39: with any of the secrets, so that one can take another's place."""
    answer = (await ask(subgraph, SERVICE, secret=secret)).json()
    assert answer == {"data": {"_service": {"sdl": subgraph_sdl().removesuffix("\n")}}}


async def test_the_router_resolves_rounds(subgraph):
    """R39: in the order of the representations; a round that is unknown is null."""
    of = [{"__typename": "VotingRound", "id": id} for id in ("demo", "other", "demo")]
    answer = (await ask(subgraph, ENTITIES, {"of": of})).json()
    round = {"id": "demo", "isOpen": True}
    assert answer == {"data": {"_entities": [round, None, round]}}


async def test_a_router_sends_no_secret_by_get(subgraph):
    """R20, R39: its URLs are logged like anyone's."""
    headers = {"Router-Authorization": SECRET}
    secret = {"query": '{ renewalLink(token: "x") { usable } }'}
    refused = await subgraph.http.get("/graphql", params=secret, headers=headers)
    assert refused.status_code == 405
    served = await subgraph.http.get("/graphql", params={"query": SERVICE}, headers=headers)
    assert served.status_code == 200


@pytest.mark.parametrize(
    "representation",
    [
        {"__typename": "RenewalLink", "usable": True},
        {"__typename": "SecurityCode", "id": "1"},
        {"__typename": "Nothing"},
        {"id": "demo"},
        {},
        "VotingRound",
        5,
        ["VotingRound"],
    ],
)
async def test_nothing_else_can_be_built(subgraph, representation):
    """R39: a representation of another type, or of none, is refused; the others are answered."""
    of = [representation, {"__typename": "VotingRound", "id": "demo", "info": 5}]
    answer = (await ask(subgraph, ENTITIES, {"of": of})).json()
    assert answer["data"] == {"_entities": [None, {"id": "demo", "isOpen": True}]}
    (error,) = answer["errors"]
    assert error["message"] == "This subgraph has no such entity."
    assert error["path"] == ["_entities", 0]


@pytest.mark.parametrize("id", [None, 5, {"id": "demo"}, ["demo"], "", "x" * 10_000])
async def test_an_id_may_be_anything(subgraph, id):
    """R39: routers send ids as they came; what is no round's is null, and no error."""
    of = [{"__typename": "VotingRound", "id": id}]
    answer = (await ask(subgraph, ENTITIES, {"of": of})).json()
    assert answer == {"data": {"_entities": [None]}}


def without_id(answer):
    """Its text without the correlation id, which differs each time."""
    return answer.text.replace(answer.headers["x-correlation-id"], "")


@pytest.mark.parametrize("field", ["_service", "_entities"])
async def test_for_others_the_fields_do_not_exist(subgraph, field):
    """R39: the answer is, but for the name, that to a field that never was."""
    shown = await ask(subgraph, f"{{ {field} }}", secret=None)
    unknown = await ask(subgraph, "{ _never }", secret=None)
    assert shown.status_code == unknown.status_code
    assert without_id(shown).replace(field, "_never") == without_id(unknown)
    assert "Cannot query field" in shown.text
    of = (await ask(subgraph, ENTITIES, {"of": []}, secret=None)).json()
    assert not {"_Any", "_Entity", "Did you mean"} & set(of["errors"][0]["message"].split())


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + " x", f"Bearer {SECRET}"])
async def test_a_wrong_secret_opens_nothing(subgraph, secret):
    """R39: whoever guesses is told nothing."""
    answer = await ask(subgraph, SERVICE, secret=secret)
    assert "schema @link" not in answer.text
    assert answer.json().get("data") is None


def test_two_secrets_at_once_open_nothing():
    """R39: which of two headers counts must not depend on who reads them."""
    right, wrong = ((b"router-authorization", each) for each in (SECRET.encode(), b"wrong"))
    assert Routers([SECRET]).sent([right])
    assert not Routers([SECRET]).sent([wrong])
    assert not Routers([SECRET]).sent([right, wrong])
    assert not Routers([SECRET]).sent([wrong, right])
    assert not Routers([]).sent([(b"router-authorization", b"")])


async def test_a_gateway_that_is_no_subgraph_has_neither(open_portal):
    """R39: not even for one who knows a secret."""
    portal = await open_portal(router_secrets=SECRET)
    answer = await ask(portal, SERVICE)
    assert "Cannot query field" in answer.text


async def test_a_subgraph_without_a_secret_does_not_start(open_portal):
    """R39: leaving the door open takes saying so."""
    with pytest.raises(SettingsRefused, match="REASSORT_ROUTER_SECRETS"):
        await open_portal(subgraph=True)


async def test_the_door_can_be_left_open(open_portal):
    """R39: where nobody but the router can reach the process."""
    portal = await open_portal(subgraph=True, router_open=True)
    assert "schema @link" in (await ask(portal, SERVICE, secret=None)).text


async def test_a_router_is_not_asked_for_trusted_documents(open_portal):
    """R38, R39: routers write documents of their own; everyone else sends those that are known."""
    portal = await open_portal(
        subgraph=True, router_secrets=SECRET, trusted_documents_only=True, portal=True
    )
    document = "{ votingRound { isOpen } }"
    assert (await ask(portal, document)).json() == {"data": {"votingRound": {"isOpen": True}}}
    assert "DOCUMENT_NOT_TRUSTED" in (await ask(portal, document, secret=None)).text


async def test_limits_on_documents_hold_for_routers(subgraph):
    """R38: a router passes on what its callers send."""
    aliases = " ".join(f"a{n}: votingRound {{ id }}" for n in range(40))
    assert "TOO_MANY_ALIASES" in (await ask(subgraph, f"{{ {aliases} }}")).text


async def test_a_router_is_nobody_in_particular(open_portal):
    """R40: its secret opens the fields for routers, and nothing of partners or dashboards."""
    portal = await open_portal(subgraph=True, router_secrets=SECRET, public=False)
    assert "schema @link" in (await ask(portal, SERVICE)).text
    assert "UNAUTHENTICATED" in (await ask(portal, "{ votingRound { id } }")).text


def test_serve_says_what_a_subgraph_wants(make_settings, monkeypatch, capfd):
    """R39: `reassort serve --subgraph` without a secret ends with 2 and the setting's name."""
    monkeypatch.setenv("REASSORT_KEYS", make_settings().keys.get_secret_value())
    monkeypatch.setenv("REASSORT_DATA_DIR", str(make_settings().data_dir))
    for name, value in (("EMAIL", "inbox"), ("SMS", "inbox")):
        monkeypatch.setenv(f"REASSORT_{name}", value)
    link = "https://vote.example.org/renouveler#token={token}"
    monkeypatch.setenv("REASSORT_LINK_TEMPLATE", link)
    monkeypatch.setattr("sys.argv", ["reassort", "serve", "--subgraph", "--port", "0"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "REASSORT_ROUTER_SECRETS" in capfd.readouterr().err


async def test_voters_are_served_as_ever(subgraph, camille):
    """R39: a subgraph is also a gateway: a whole renewal without a router."""
    assert await subgraph.works(await subgraph.renew(camille), camille)


async def test_a_trace_that_is_asked_for_is_left_out(subgraph):
    """R39: Apollo's header for traces is ignored: they would hold nothing that is not measured
    otherwise, and cost an extension for each field."""
    headers = {"Router-Authorization": SECRET, "apollo-federation-include-trace": "ftv1"}
    answer = await subgraph.http.post(
        "/graphql", json={"query": "{ votingRound { id } }"}, headers=headers
    )
    assert answer.json() == {"data": {"votingRound": {"id": "demo"}}}
