"""The subgraph's SDL, and what composers make of it."""

from __future__ import annotations

import re

import pytest
from graphql import build_schema, parse
from strawberry.printer import print_schema
from typer.testing import CliRunner

from graphql_api.cli import cli
from graphql_api.schema.executable import sdl
from graphql_api.subgraph import bare_subgraph_sdl, build_subgraph_schema, subgraph_sdl
from tests.plugging.routers import compose, node_modules, sdls

FEDERATION = "https://specs.apollo.dev/federation/v2.9"
SENSITIVE = ("numic", "numel", "email", "phone", "identifier", "token", "answer")


def test_the_command_prints_the_subgraph(capfd):
    """R39, R41: `reassort schema --federated` prints what composers take, in Federation 2.9."""
    printed = CliRunner().invoke(cli, ["schema", "--federated"])
    assert printed.exit_code == 0
    assert printed.stdout == subgraph_sdl()
    (link,) = re.findall(r"@link\([^)]*\)", printed.stdout)
    assert link == f'@link(url: "{FEDERATION}", import: ["@key"])'
    parse(printed.stdout)


def test_the_bare_subgraph():
    """R39, R41: `--bare` drops what libraries of subgraphs add themselves, and nothing else, no
    description either; alone it is refused."""
    printed = CliRunner().invoke(cli, ["schema", "--federated", "--bare"]).stdout
    assert printed == bare_subgraph_sdl()
    bare = parse(printed, no_location=True)
    whole = parse(subgraph_sdl(), no_location=True)
    kept = {each.name.value: each for each in bare.definitions if hasattr(each, "name")}
    all_ = {each.name.value: each for each in whole.definitions if hasattr(each, "name")}
    assert set(all_) - set(kept) == {"_Any", "_Entity", "_Service"}
    assert [name for name in kept if kept[name] != all_[name]] == ["Query"]
    fields, others = (
        {each.name.value: each for each in found["Query"].fields} for found in (kept, all_)
    )
    assert {"_service", "_entities"} == set(others) - set(fields)
    assert all(fields[name] == others[name] for name in fields)
    assert CliRunner().invoke(cli, ["schema", "--bare"]).exit_code == 2


def test_the_service_tells_the_same():
    """R39: what the router is told in `_service` is what the command prints."""
    schema = build_subgraph_schema()
    assert print_schema(schema) + "\n" == subgraph_sdl()


def test_no_entity_is_keyed_on_a_voter():
    """R39: keys travel through routers, their logs and caches: none says who a voter is."""
    keys = re.findall(r'@key\(fields: "([^"]*)"', subgraph_sdl())
    assert keys == ["id"]
    assert not [key for key in keys if any(word in key.lower() for word in SENSITIVE)]
    assert re.search(r'type VotingRound @key\(fields: "id"\)', subgraph_sdl())


def test_the_subgraph_is_the_schema_of_partners_and_nothing_more():
    """R39, R41: beside Federation's own, types, fields and descriptions are the public ones."""
    federated = build_subgraph_schema()._schema
    public = build_schema(sdl())
    added = set(federated.type_map) - set(public.type_map)
    assert added == {"_Any", "_Entity", "_FieldSet", "_Service", "link__Import", "link__Purpose"}
    for name, kind in public.type_map.items():
        other = federated.type_map[name]
        assert other.description == kind.description or name.startswith("__")
        fields, others = getattr(kind, "fields", {}), getattr(other, "fields", {})
        assert set(others) - set(fields) <= {"_service", "_entities"}
        for field in fields:
            assert str(others[field].type) == str(fields[field].type)
            assert others[field].description == fields[field].description or name[:2] == "__"


@node_modules()
@pytest.mark.parametrize("composer", ["apollo", "hive"])
@pytest.mark.parametrize("printed", [subgraph_sdl, bare_subgraph_sdl], ids=["whole", "bare"])
async def test_composers_take_it(composer, printed):
    """R39: whole and bare, alone and with another subgraph that names its entity, without an error
    or a hint; no description, scalar or enum gets lost."""
    subgraphs = {
        name: {"url": f"http://{name}.example.org", "sdl": sdl} for name, sdl in sdls().items()
    }
    subgraphs["reassort"]["sdl"] = printed()
    for chosen in ({"reassort": subgraphs["reassort"]}, subgraphs):
        composed = (await compose(chosen))[composer]
        assert composed["errors"] == []
        assert not composed.get("hints")
    supergraph = build_schema(composed["supergraph"], assume_valid=True)
    for name, kind in build_schema(sdl()).type_map.items():
        if not name.startswith("__"):
            assert supergraph.type_map[name].description == kind.description, name
            for field in getattr(kind, "fields", {}):
                described = supergraph.type_map[name].fields[field].description
                assert described == kind.fields[field].description, f"{name}.{field}"
            values = list(getattr(kind, "values", {}))
            assert values == list(getattr(supergraph.type_map[name], "values", {}))
    assert {"appointments", "votingRound"} <= set(supergraph.query_type.fields)


@node_modules()
@pytest.mark.parametrize("composer", ["apollo", "hive"])
async def test_a_collision_of_object_types_is_refused(composer):
    """R39: a neighbour that has an `Assistance` of its own is told when the graph is composed."""
    other = "type Query { help: Assistance }  type Assistance { email: String!  price: Int }"
    link = '@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])'
    neighbour = {"url": "http://other.example.org", "sdl": f"extend schema {link} {other}"}
    ours = {"url": "http://reassort.example.org", "sdl": subgraph_sdl()}
    composed = (await compose({"reassort": ours, "other": neighbour}))[composer]
    assert any("Assistance.email" in error for error in composed["errors"])
