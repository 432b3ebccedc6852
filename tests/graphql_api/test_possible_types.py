"""What clients' caches need to know of the schema, since they cannot ask for it."""

from __future__ import annotations

import json

import graphql
from typer.testing import CliRunner

from graphql_api.cli import cli
from graphql_api.schema.executable import sdl
from graphql_api.schema.possible_types import possible_types, possible_types_json

SMALL = """
type Query { u: U, i: I }
interface I { a: Int }
type B implements I { a: Int }
type A implements I { a: Int }
union U = B
"""


def test_interfaces_and_unions_have_their_types() -> None:
    """R41: each with its object types, in an order that does not change by itself."""
    assert possible_types(graphql.build_schema(SMALL)) == {"I": ["A", "B"], "U": ["B"]}


def test_every_refusal_is_named_as_a_problem() -> None:
    """R41: `... on Problem` finds all of them in a cache that knows this list, no success among
    them; nothing else of the schema is abstract."""
    found = json.loads(possible_types_json())
    unions = {name for name in found if name.endswith("Result")}
    assert set(found) == unions | {"Problem"}
    members = set().union(*(found[each] for each in unions))
    successes = {"RenewalRequested", "PasswordRenewed", "AssistanceContacted"}
    assert set(found["Problem"]) == members - successes
    assert set(found) == {
        name
        for name, kind in graphql.build_schema(sdl()).type_map.items()
        if graphql.is_abstract_type(kind)
    }


def test_the_command_prints_them() -> None:
    """R41: partners make the file from the wheel that they test with."""
    shown = CliRunner().invoke(cli, ["schema", "--possible-types"])
    assert shown.stdout == possible_types_json()
