"""What partners have handed in still holds (R41)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import (
    FieldNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    visit,
)

from graphql_api.schema.contract import check_operations
from graphql_api.schema.executable import build_schema

FOLDER = Path(__file__).parent / "operations"
PARTNERS = sorted(each for each in FOLDER.iterdir() if each.is_dir())


@pytest.mark.parametrize("folder", PARTNERS, ids=lambda folder: folder.name)
def test_a_partner_s_operations_hold(folder: Path) -> None:
    """R41: the schema takes each, within the limits of production; otherwise the failure names file
    and line."""
    files = sorted(folder.rglob("*.graphql"))
    assert files, f"{folder.name}: no .graphql file"
    assert [str(finding) for finding in check_operations(build_schema(), files)] == []


def test_the_operations_of_the_tutorial_hold(tmp_path: Path) -> None:
    """R41: what a front end begins with."""
    page = Path(__file__).parents[2] / "docs/tutorial-front-end.md"
    (operations,) = re.findall(r"```graphql\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    file = tmp_path / "renewal.graphql"
    file.write_text(operations, "utf-8")
    assert check_operations(build_schema(), [file]) == []


def test_every_field_and_argument_is_asked_for_by_an_operation() -> None:
    """R41: so that a change of any of them meets a document of a partner's, and whoever adds one
    shows how it is used. A field of an interface stands for those of its types."""
    schema = build_schema()._schema
    texts = [file.read_text("utf-8") for file in sorted(FOLDER.rglob("*.graphql"))]
    asked = {each for text in texts for each in _asked_for(schema, text)}
    assert sorted(_offered(schema) - asked) == []


def _offered(schema: GraphQLSchema) -> set[str]:
    """`Type.field` and `Type.field(argument)` of every object."""
    offered = set[str]()
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                offered |= {f"{kind.name}.{name}"}
                offered |= {f"{kind.name}.{name}({argument})" for argument in field.args}
    return offered


def _asked_for(schema: GraphQLSchema, text: str) -> set[str]:
    """The same of what a document has."""
    asked, types = set[str](), TypeInfo(schema)

    class Noting(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = types.get_parent_type()
            if parent is None or node.name.value.startswith("__"):
                return
            of = [parent]
            if isinstance(parent, GraphQLInterfaceType):
                of += schema.get_possible_types(parent)
            for kind in of:
                asked.add(f"{kind.name}.{node.name.value}")
                asked.update(
                    f"{kind.name}.{node.name.value}({a.name.value})" for a in node.arguments or ()
                )

    visit(parse(text), TypeInfoVisitor(types, Noting()))
    return asked
