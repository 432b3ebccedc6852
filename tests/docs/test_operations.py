"""The example operations for partners are valid, and cover what the schema offers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    OperationDefinitionNode,
    build_schema,
    get_named_type,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from graphql_api.schema.executable import sdl

OPERATIONS = sorted((Path(__file__).parents[2] / "graphql_api/portal/operations").glob("*.graphql"))


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_an_example_operation_is_valid(path: Path) -> None:
    """R41: what partners are told to send, the schema takes."""
    assert validate(build_schema(sdl()), parse(path.read_text("utf-8"))) == []


def test_every_field_of_the_schema_has_an_example(read_page) -> None:
    """A partner finds an operation for every mutation and query, a dashboard its query."""
    page = read_page("docs/how-to/give-a-dashboard-access.md")
    watch = "".join(block.text for block in page.blocks if block.language == "graphql")
    schema = build_schema(sdl(operators=True))
    assert validate(schema, parse(watch)) == []
    texts = watch + "".join(path.read_text("utf-8") for path in OPERATIONS)
    roots = [root for root in (schema.query_type, schema.mutation_type) if root is not None]
    assert [name for root in roots for name in root.fields if name not in texts] == []


def test_the_page_for_front_ends_names_every_answer(read_page) -> None:
    """R37: each member of each result stands in the page, so that no answer comes as a surprise."""
    page = read_page("docs/how-to/call-from-a-front-end.md").text
    members = {
        member.name
        for kind in build_schema(sdl()).type_map.values()
        if isinstance(kind, GraphQLUnionType)
        for member in kind.types
    }
    assert sorted(name for name in members if f"`{name}`" not in page) == []


def test_the_page_for_front_ends_links_every_operation(read_page) -> None:
    """The examples are found from the page that explains them."""
    page = read_page("docs/how-to/call-from-a-front-end.md").text
    assert [path.name for path in OPERATIONS if f"portal/operations/{path.name}" not in page] == []


def test_every_operation_asks_for_what_its_problems_say() -> None:
    """R37: a wait, attempts left, fields: a front end that takes the examples is told all that a
    refusal says."""
    schema = build_schema(sdl())
    seen = 0
    for path in OPERATIONS:
        text = path.read_text("utf-8")
        for member in _problems_of(schema, text):
            for name in member.fields:
                asked = re.search(rf"\.\.\. on (Problem|{member.name}) {{[^\n]*\b{name}\b", text)
                assert asked, (path.stem, member.name, name)
                seen += 1
    assert seen > 30


def _problems_of(schema: GraphQLSchema, operation: str) -> list[GraphQLObjectType]:
    """The problems that the mutation of an operation may answer with."""
    mutations = schema.mutation_type.fields if schema.mutation_type else {}
    results = [get_named_type(each.type) for name, each in mutations.items() if name in operation]
    members = [one for each in results if isinstance(each, GraphQLUnionType) for one in each.types]
    return [each for each in members if "Problem" in {one.name for one in each.interfaces}]


@pytest.mark.parametrize("path", OPERATIONS, ids=lambda path: path.stem)
def test_every_operation_has_an_example_of_variables(path: Path, read_page) -> None:
    """R41: the variables that the page shows for an operation are ones that it takes."""
    page = read_page("docs/how-to/call-from-a-front-end.md").text
    (shown,) = re.findall(rf"^`{path.stem}`[^\n]*:\n\n```json\n(.*?)^```$", page, re.M | re.S)
    (operation,) = parse(path.read_text("utf-8")).definitions
    assert isinstance(operation, OperationDefinitionNode)
    declared, given = operation.variable_definitions or (), json.loads(shown)
    values = get_variable_values(build_schema(sdl()), declared, given)
    assert not isinstance(values, list), values
    assert set(given) == {each.variable.name.value for each in declared}


def test_every_topic_stands_on_the_page_for_front_ends(read_page) -> None:
    """The help form needs a topic; a partner finds all of them beside its example."""
    page = read_page("docs/how-to/call-from-a-front-end.md").text
    topics = build_schema(sdl()).type_map["AssistanceTopic"]
    assert isinstance(topics, GraphQLEnumType)
    assert [name for name in topics.values if f"`{name}`" not in page] == []
