"""Resolvers without detours answer what Strawberry's own do, whatever is asked."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest
import strawberry
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission
from strawberry.relay import GlobalID

from graphql_api.schema.arguments import built_at_once
from graphql_api.schema.direct_resolvers import direct_resolver, resolve_directly
from graphql_api.schema.executable import build_schema
from graphql_api.strawberry_inside import executable, input_context_of, origin_of


@strawberry.enum
class Colour(Enum):
    RED = "r"
    BLUE = "b"


@built_at_once
@strawberry.input
class Inner:
    an_id: strawberry.ID
    left_out: str | None
    colour: Colour = Colour.BLUE


@strawberry.input
class Theirs:
    word: str
    inner: Inner | None = None


@built_at_once
@strawberry.input
class Outer:
    inner: Inner
    many: list[Inner] | None = None
    theirs: Theirs | None = None
    unset: Inner | None = strawberry.UNSET
    node: GlobalID | None = None


class Louder(FieldExtension):
    def resolve(self, next_: Any, source: Any, info: strawberry.Info, **given: Any) -> Any:
        return next_(source, info, **given).upper()


class Nobody(BasePermission):
    message = "not you"

    def has_permission(self, source: Any, info: strawberry.Info, **given: Any) -> bool:
        return False


def beside(form: Outer | None = None) -> str:
    """A function that belongs to no type."""
    return repr(form)


@strawberry.type
class Thing:
    name: str

    @strawberry.field
    def of_object(self, times: int = 2) -> str:
        return self.name * times

    @strawberry.field
    def of_parent(self, parent: strawberry.Parent[Any]) -> str:
        return f"{parent.name}!"

    @strawberry.field(extensions=[Louder()])
    def loud(self, word: str) -> str:
        return word

    @strawberry.field(permission_classes=[Nobody])
    def kept(self) -> str:
        return self.name

    @strawberry.field
    async def later(self, info: strawberry.Info, some_words: list[str] | None = None) -> str:
        return f"{info.field_name} {info.context} {some_words} {type(info).__name__}"

    @strawberry.field
    def broken(self, node: GlobalID) -> str:
        raise ValueError(node.node_id)

    @strawberry.field
    @staticmethod
    def told(
        form: Outer, renamed: strawberry.Maybe[int], colour: Colour | None = Colour.RED
    ) -> str:
        return repr((form, renamed, colour))


@strawberry.type
class Query:
    plain: str = "plain"
    beside: str = strawberry.field(resolver=beside)

    @strawberry.field
    def thing(self, name: str = "x") -> Thing:
        return Thing(name=name)


ASKED = [
    '{ plain beside thing { name ofObject ofParent loud(word: "a") later } }',
    '{ thing(name: "y") { ofObject(times: 3) later(someWords: ["a", "b"]) } }',
    '{ beside(form: {inner: {anId: 7}, many: [{anId: "a", leftOut: "b", colour: RED}]}) }',
    '{ beside(form: {inner: {anId: 7}, many: null, unset: null, theirs: {word: "a"}}) }',
    '{ beside(form: {inner: {anId: 7}, theirs: {word: "a", inner: {anId: 1}}}) }',
    "{ beside(form: null) thing { kept } }",
    '{ thing { told(form: {inner: {anId: 1}, node: "Tm9kZToxMg=="}, renamed: 3) } }',
    "{ thing { told(form: {inner: {anId: 1}}, colour: null) } }",
    '{ thing { told(form: {inner: {anId: 1}, node: "no node"}) } }',
    '{ thing { broken(node: "Tm9kZToxMg==") } }',
    '{ thing { broken(node: "no node") } }',
]


@pytest.mark.parametrize("asked", ASKED)
async def test_like_strawberry(asked: str):
    """R36: the same values, the same errors at the same places."""
    told = []
    for change in (resolve_directly, lambda schema: None):
        schema = strawberry.Schema(Query)
        change(schema)
        result = await schema.execute(asked, context_value="here")
        told.append((result.data, [(str(each), each.path) for each in result.errors or ()]))
    assert told[0] == told[1]


def test_which_fields_have_one():
    """R36: what wants extensions, a permission or its object by name keeps Strawberry's way; every
    field of ours with a function has the short one."""
    schema = strawberry.Schema(Query)
    context = input_context_of(schema)
    direct = {
        origin_of(field).python_name
        for type_ in (schema._schema.type_map[name] for name in ("Query", "Thing"))
        for field in type_.fields.values()
        if direct_resolver(origin_of(field), context)
    }
    assert direct == {"beside", "thing", "of_object", "later", "broken", "told"}
    ours = executable(build_schema(operators=True))
    for type_ in ours.mutation_type, ours.query_type:
        assert {each.resolve.__module__ for each in type_.fields.values()} == {
            "graphql_api.schema.direct_resolvers"
        }
