"""The parts of Strawberry that it does not promise are where we look for them.

Each test names one. When an upgrade breaks it, `graphql_api/strawberry_inside.py` is the only file
to mend, and the upper bound in `pyproject.toml` says up to where this was tried.
"""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import strawberry
from graphql import ASTValidationRule, GraphQLSchema
from packaging.requirements import Requirement

from core.locale import Locale
from graphql_api import strawberry_inside as inside
from graphql_api.schema import enums

PRIVATE = re.compile(
    r"\._schema\b|__strawberry_definition__|\bfrom_input\b|strawberry-definition"
    r"|strawberry\.execution|strawberry\.schema\.validation_rules"
)


@strawberry.input
class Form:
    text: str


@strawberry.type
class Query:
    plain: str

    @strawberry.field(metadata={"told": "here"})
    def told(self, form: Form) -> str:
        return form.text


def test_the_schema_of_graphql_core():
    """R36: what operations are run with."""
    assert isinstance(inside.executable(strawberry.Schema(Query)), GraphQLSchema)


def test_inputs_are_built_by_our_function():
    """R10: Strawberry asks the builder that we have put beside an input."""

    @strawberry.input
    class Ours(Form):
        pass

    @strawberry.type
    class Asked:
        @strawberry.field
        def told(self, form: Ours) -> str:
            return form.text

    Asked.__strawberry_definition__.fields[0].arguments[0].type_annotation.namespace = locals()
    inside.builds_inputs_with(Ours, lambda kind, given, context: Ours(text="built"))
    schema = strawberry.Schema(Asked)
    answer = schema.execute_sync('{ told(form: {text: "given"}) }')
    assert (answer.errors, answer.data) == (None, {"told": "built"})


def test_enumerations_can_be_described():
    """R41: partners read what a value means."""
    values = inside.enum_definition_of(enums.Locale).values
    assert {each.value for each in values} == {each.value for each in Locale}
    assert all(each.description for each in values)


def test_fields_know_where_they_come_from():
    """R40, R38: access and weight are read off what Strawberry has made a field from."""
    fields = inside.executable(strawberry.Schema(Query)).query_type.fields
    assert inside.origin_of(fields["told"]).metadata == {"told": "here"}
    assert inside.has_resolver(fields["told"])
    assert not inside.has_resolver(fields["plain"])
    kind = inside.executable(strawberry.Schema(Query)).query_type
    assert inside.origin_of(kind).origin is Query


def test_the_rules_for_inputs_are_validation_rules():
    """R37: they go beside the specification's, in our own validation."""
    assert all(issubclass(each, ASTValidationRule) for each in inside.INPUT_RULES)


def test_an_awaitable_is_known():
    """R36: coroutines are awaited, values are not."""

    async def later() -> None: ...

    waiting = later()
    assert inside.optimized_is_awaitable(waiting)
    assert not inside.optimized_is_awaitable("a value")
    waiting.close()


def test_nothing_else_reaches_in():
    """R41: an upgrade is mended in one file."""
    package = Path(inside.__file__).parent
    reaching = {
        file.name
        for file in package.rglob("*.py")
        if PRIVATE.search(file.read_text("utf-8").replace("self._schema", ""))
    }
    assert reaching == {"strawberry_inside.py"}


def test_the_version_is_bounded():
    """R41: a release that was not tried is not installed."""
    named = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    needed = (Requirement(each) for each in named["project"]["dependencies"])
    (bounds,) = [each.specifier for each in needed if each.name == "strawberry-graphql"]
    assert version("strawberry-graphql") in bounds
    assert "99.0" not in bounds
