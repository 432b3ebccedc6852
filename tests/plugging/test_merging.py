"""Our fields in a host's own Strawberry schema, plain or federated (R39)."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, ValidationRule
from starlette.requests import Request
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import AddValidationRules

from core.errors import StoreUnavailable
from core.partner import PREFIX_BYTES, SECRET_BYTES, ApiKey, Partner, PartnerKey
from graphql_api import plugin
from graphql_api.access.api_keys import FRESH
from graphql_api.access.caller import STRANGER
from graphql_api.access.scopes import RENEWALS
from graphql_api.schema.call import CONTEXT_KEY
from tests.plugging.hosts import merged_federated, merged_plain
from tests.plugging.routers import SECRET

HOSTS = [merged_plain, merged_federated]


@pytest.fixture(params=HOSTS, ids=["plain", "federated"])
async def host(request, open_host):
    """A front end of a host with our fields in its schema."""
    return await open_host(request.param)


@pytest.fixture
async def plain(open_host):
    return await open_host(merged_plain)


async def refusal(portal, document, **variables):
    """The only error of an answer."""
    answer = (await portal.send(document, variables)).json()
    (error,) = answer["errors"]
    return error


async def test_a_whole_renewal_in_a_hosts_schema(host, camille):
    """R39: inputs, unions, scalars and the context arrive as in a schema of our own."""
    picture = "mutation { issueSecurityCode(input: {step: REQUEST}) { image } }"
    assert (await host.ask(picture))["image"].startswith("data:image/png")
    assert await host.works(await host.renew(camille), camille)


async def test_the_hosts_own_fields_stay(open_host):
    """R39: beside ours, in the same operation and without declaring any access."""
    plain = await open_host(merged_plain)
    both = '{ openingHours(consulate: "Buenos Aires") votingRound { id } }'
    data = (await plain.send(both)).json()["data"]
    assert data == {"openingHours": "9 h - 12 h", "votingRound": {"id": "demo"}}
    federated = await open_host(
        merged_federated, data_dir=plain.application.settings.data_dir / "2"
    )
    both = '{ consulate(id: "1") { place } votingRound { id } }'
    data = (await federated.send(both)).json()["data"]
    assert data == {"consulate": {"place": "Buenos Aires"}, "votingRound": {"id": "demo"}}


ROUTER = """query ($of: [_Any!]!) {
    _service { sdl }
    _entities(representations: $of) { ... on VotingRound { isOpen } ... on Consulate { place } }
}"""
OF = [{"__typename": "VotingRound", "id": "demo"}, {"__typename": "Consulate", "id": "1"}]


async def test_a_federated_host_resolves_rounds(open_host):
    """R39: the host's router asks for our entity and the host's through the host's schema."""
    host = await open_host(merged_federated, router_secrets=SECRET)
    host.http.headers["Router-Authorization"] = SECRET
    data = (await host.send(ROUTER, {"of": OF})).json()["data"]
    assert data["_entities"] == [{"isOpen": True}, {"place": "Buenos Aires"}]
    assert 'type VotingRound @key(fields: "id")' in data["_service"]["sdl"]


@pytest.mark.parametrize(
    ("asked", "unknown"),
    [
        ("{ _service { sdl } }", "{ _never { sdl } }"),
        ("{ _entities(representations: []) { id } }", "{ _neverever(representations: []) { id } }"),
        ("query ($a: [_Any!]!) { __typename }", "query ($a: [_Xyz!]!) { __typename }"),
        ("{ ... on _Service { sdl } }", "{ ... on _Unknown { sdl } }"),
    ],
)
async def test_only_the_router_reaches_a_federated_hosts_fields(open_host, asked, unknown):
    """R39: for others, neither the fields nor their types are to be told from what never was."""
    host = await open_host(merged_federated, router_secrets=SECRET)
    first, second = await host.send(asked), await host.send(unknown)
    messages = [each["message"] for each in first.json()["errors"]]
    wanted = [each["message"] for each in second.json()["errors"]]
    assert messages == wanted
    assert "data" not in first.json() or first.json()["data"] is None


def test_two_schemas_in_one_process():
    """R39: classes are shared, what is worked out of them is not: built in any order, and twice."""
    for build in (merged_plain.schema, merged_federated.schema, merged_plain.schema):
        built = build()._schema
        assert built.query_type.fields["votingRound"].description
        federated = build is merged_federated.schema
        assert ("_entities" in built.query_type.fields) is federated


async def test_secrets_do_not_come_by_get(host):
    """R20, R39: nor in a host's schema; its own fields may. Where the context has Strawberry's
    response, the status says so, too."""
    secret = {"query": '{ renewalLink(token: "x") { usable } }'}
    answer = await host.http.get("/graphql", params=secret)
    assert answer.json()["errors"][0]["extensions"]["code"] == "SECRET_IN_URL"
    assert (await host.http.post("/graphql", json=secret)).json().keys() == {"data"}
    own = "{ __typename votingRound { id } }"
    assert (await host.http.get("/graphql", params={"query": own})).status_code == 200


async def test_the_status_of_a_secret_by_get(plain):
    """R36: 405 in a host that hands on its response; a field of its own with text is its affair."""
    params = {"query": '{ securityCode(id: "x") { id } }'}
    answer = await plain.http.get("/graphql", params=params)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    own = {"query": '{ openingHours(consulate: "Buenos Aires") }'}
    assert (await plain.http.get("/graphql", params=own)).json()["data"]["openingHours"]


async def test_documents_are_limited(host):
    """R38: by the same limits as ours, the host's fields included."""
    deep = "{ __typename " * 60
    assert (await refusal(host, deep + "}" * 60))["extensions"]["code"]
    aliases = " ".join(f"a{n}: votingRound {{ id }}" for n in range(40))
    assert (await refusal(host, f"{{ {aliases} }}"))["extensions"]["code"] == "TOO_MANY_ALIASES"
    twice = """mutation ($input: ContactAssistanceInput!) {
        a: contactAssistance(input: $input) { __typename }
        b: contactAssistance(input: $input) { __typename }
    }"""
    error = await refusal(host, twice, input={})
    assert error["extensions"]["code"] == "TOO_MANY_MUTATIONS"
    introspection = await refusal(host, "{ __schema { types { name } } }")
    assert "types" not in introspection.get("data", {})


async def test_a_host_may_have_limits_of_its_own(open_host, monkeypatch):
    """R38: looser or tighter ones."""
    limits = plugin.DocumentLimits(aliases=2)
    monkeypatch.setattr(merged_plain.plugin, "protections", lambda: _PROTECTIONS(limits))
    plain = await open_host(merged_plain)
    three = "{ a: __typename b: __typename c: __typename }"
    assert (await refusal(plain, three))["extensions"]["code"] == "TOO_MANY_ALIASES"


_PROTECTIONS = plugin.protections


async def test_documents_are_read_once():
    """R38: the memory for documents comes with the limits."""
    ours = plugin.protections()
    schema = merged_plain.Schema(
        query=merged_plain.Query,
        mutation=merged_plain.Mutation,
        types=plugin.TYPES,
        config=plugin.config(),
        extensions=[ours],
    )
    first = ours.documents.read(schema._schema, "{ __typename }")
    await schema.execute("{ __typename }")
    assert ours.documents.read(schema._schema, "{ __typename }").document is first.document


class _NobodyAsksTwice(ValidationRule):
    """A rule of a host's own."""

    def enter_field(self, node: Any, *_: Any) -> None:
        if node.alias:
            self.report_error(GraphQLError("No aliases in this house."))


@pytest.mark.parametrize("rules_first", [True, False])
async def test_a_hosts_own_rules_stay(rules_first):
    """R38, R39: rules for validation that a host adds are applied after ours."""
    own = partial(AddValidationRules, [_NobodyAsksTwice])
    extensions = [own, plugin.protections()] if rules_first else [plugin.protections(), own]
    schema = merged_plain.Schema(
        query=merged_plain.Query,
        mutation=merged_plain.Mutation,
        types=plugin.TYPES,
        config=plugin.config(),
        extensions=extensions,
    )
    refused = await schema.execute("{ a: __typename }")
    assert refused.errors
    assert refused.data is None
    assert (await schema.execute("{ __typename }")).data == {"__typename": "Query"}


async def test_no_document_is_strawberrys_to_refuse():
    """R39: there is nothing to examine."""
    with pytest.raises(MissingQueryError):
        await merged_plain.schema().execute(None)


async def test_refusals_keep_their_codes(host):
    """R37: what is a union member stays one; what is an error has its code."""
    answer = await host.request(numic="abc")
    assert answer["__typename"] == "InvalidFields"


async def test_limits_count_in_a_hosts_schema(open_host):
    """R26: with the seconds to wait."""
    plain = await open_host(merged_plain, network_limit="1/minute")
    await plain.code("REQUEST")
    error = await refusal(plain, plain.ISSUE, input={"step": "REQUEST"})
    assert error["extensions"]["code"] == "TOO_MANY_REQUESTS"
    assert error["extensions"]["retryAfter"] > 0
    assert error["path"] == ["issueSecurityCode"]


async def test_defects_are_masked_the_hosts_included(plain, logged):
    """R37: nobody reads an exception's text; the log has it under the id that the caller has."""
    error = await refusal(plain, "{ archive }")
    assert "hunter2" not in str(error)
    assert error["extensions"]["code"] == "INTERNAL_ERROR"
    assert error["extensions"]["correlationId"] in logged.getvalue()


async def test_a_hosts_own_refusals_pass(plain):
    """R37: a GraphQL error that a resolver raises was worded for the caller."""
    error = await refusal(plain, "{ sunday }")
    assert (error["message"], error["extensions"]) == ("Closed on Sundays.", {"code": "SUNDAY"})
    assert error["path"] == ["sunday"]


async def test_values_are_neither_answered_nor_logged(plain, logged):
    """R20, R37: a value that stands where it does not belong is named by its place."""
    canary = "canary4071"
    variables = {"input": {"step": canary, "kind": canary}}
    answer = await plain.send(plain.ISSUE, variables)
    assert "INVALID_VARIABLES" in answer.text
    literal = await plain.send(f'{{ votingRound(id: "{canary}") {{ id }} }}')
    syntax = await plain.send(f"{{ votingRound {{ {canary} ")
    told = answer.text + literal.text + syntax.text + logged.getvalue()
    assert canary not in told


async def test_unknown_fields_suggest_nothing(host):
    """R38: nobody learns the schema from mistakes."""
    assert "Did you mean" not in (await host.send("{ votingRond { id } }")).text


async def test_access_is_enforced_in_a_hosts_schema(open_host):
    """R40: what a field of ours declares holds wherever it is merged."""
    plain = await open_host(merged_plain, public=False)
    error = await refusal(plain, "{ votingRound { id } }")
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    hours = await plain.ask('{ openingHours(consulate: "Buenos Aires") }')
    assert hours == "9 h - 12 h"


async def test_credentials_that_are_no_good_are_refused(plain):
    """R40: with 401, as by our own app."""
    answer = await plain.http.post(
        "/graphql",
        json={"query": "{ votingRound { id } }"},
        headers={"Authorization": "Basic c2FtcGxlOnNhbXBsZQ=="},
    )
    assert answer.status_code == 401


async def test_a_partner_says_for_whom_it_calls(open_host, clock):
    """R61: A2: by a header, as to our own app; one that is no address gets 400."""
    plain = await open_host(merged_plain, partner_limits={"consulat": "4/minute"})
    now = clock.now()
    async with plain.application.ports.store.begin() as unit:
        await unit.partners.add(Partner("consulat", frozenset({RENEWALS}), (), now))
        key = ApiKey.make(bytes(SECRET_BYTES), bytes(PREFIX_BYTES))
        await unit.partner_keys.add(PartnerKey(key.prefix, "consulat", key.digest, now))
    clock.advance(FRESH)

    async def send(voter):
        headers = {"X-Api-Key": key.reveal(), "Voter-Address": voter}
        body = {"query": '{ renewalLink(token: "x") { usable } }'}
        return await plain.http.post("/graphql", json=body, headers=headers)

    found = ["errors" in (await send("198.51.100.7")).json() for _ in range(3)]
    assert found == [False, False, True]
    assert "errors" not in (await send("198.51.100.8")).json()
    assert (await send("nowhere")).status_code == 400


async def test_a_host_may_say_who_calls(plain):
    """R40: one that recognises its callers itself passes them on."""
    merged = plugin.Merged(plain.application, merged_plain.schema())

    headers = [(b"authorization", b"Hosts own")]
    request = Request({"type": "http", "headers": headers, "client": None})
    context = await merged.context(request, STRANGER)
    assert context[CONTEXT_KEY].caller is STRANGER
    assert context[CONTEXT_KEY].client == "unknown"


async def test_operations_of_a_host_need_no_context_of_ours():
    """R39: a host's own scripts run its fields as before; ours are then open to nobody."""
    schema = merged_plain.schema()
    hours = await schema.execute('{ openingHours(consulate: "Buenos Aires") }')
    assert hours.data == {"openingHours": "9 h - 12 h"}
    ours = await schema.execute("{ votingRound { id } }")
    assert ours.data is None


@pytest.mark.parametrize("name", [None, "A", "B", "C"])
async def test_which_operation_is_run_is_which_is_examined(open_host, name):
    """R40: a document of several operations opens nothing that one alone would not."""
    plain = await open_host(merged_plain, public=False)
    document = "query A { votingRound { id } } query B { votingRound { isOpen } }"
    answer = (
        await plain.http.post("/graphql", json={"query": document, "operationName": name})
    ).text
    assert 'isOpen"' not in answer
    assert "demo" not in answer


async def test_bodies_are_capped_by_what_surrounds_the_host(plain):
    """R36: `surround` brings the cap and the ids; a host without it brings its own."""
    answer = await plain.http.post("/graphql", content=b"x" * 70_000)
    assert answer.status_code == 413
    assert answer.headers["x-correlation-id"]


class _Loud(strawberry.Schema):
    pass


def _schema_without(what: str) -> strawberry.Schema:
    kind = _Loud if what == "class" else merged_plain.Schema
    return kind(
        query=merged_plain.Query if what != "types" else merged_plain_query(),
        mutation=None if what == "types" else merged_plain.Mutation,
        types=plugin.TYPES,
        config=strawberry.schema.config.StrawberryConfig(scalar_map=plugin.SCALAR_MAP)
        if what == "config"
        else plugin.config(),
        extensions=[] if what == "extensions" else [plugin.protections()],
    )


def merged_plain_query() -> type:
    @strawberry.type(name="Query")
    class HostsOwn:
        @strawberry.field
        def hours(self) -> str:
            return "9 h - 12 h"

    return HostsOwn


@pytest.mark.parametrize("what", ["extensions", "class", "config", "types"])
async def test_a_host_that_lacks_our_rules_is_refused_at_start(open_portal, what):
    """R39: by the name of what it lacks, and nothing else."""
    portal = await open_portal()
    with pytest.raises(plugin.HostRefused) as refused:
        plugin.Merged(portal.application, _schema_without(what))
    (line,) = str(refused.value).splitlines()
    assert line.startswith(f"{what}: ")


def test_a_hosts_settings_join_ours():
    """R39: scalars of both, and whatever else the host sets."""
    own = object()
    config = plugin.config(scalar_map={own: None}, sort_schema=True)
    assert config.sort_schema
    assert set(config.scalar_map) == {own, *plugin.SCALAR_MAP}


@pytest.mark.parametrize("host", HOSTS, ids=["plain", "federated"])
async def test_a_host_can_start_and_stop_by_hand_and_run_the_worker(open_portal, host: ModuleType):
    """R39: for lifespans that are none of Starlette's."""
    portal = await open_portal()
    await portal.application.stop()
    merged = plugin.Merged(portal.application, host.schema())
    await merged.start()
    await merged.stop()
    async with merged.running(work=True):
        assert await portal.application.is_ready()
    with pytest.raises(StoreUnavailable):
        async with portal.application.ports.store.read():
            pass
