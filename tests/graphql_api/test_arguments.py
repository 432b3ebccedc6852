"""Inputs that are built in one go are the same as Strawberry's own, whatever is sent."""

from __future__ import annotations

from enum import Enum

import pytest
import strawberry
from strawberry.relay import GlobalID

from graphql_api.schema import inputs
from graphql_api.schema.arguments import built_at_once


def make_schema(decorate):
    """A schema whose one field tells what its resolver was given; inputs pass through `decorate`.

    The types are made anew each time: a decorator changes the type that it is put on.
    """

    @strawberry.enum
    class Colour(Enum):
        RED = "r"
        BLUE = "b"

    @decorate
    @strawberry.input
    class Inner:
        an_id: strawberry.ID
        colour: Colour = Colour.BLUE
        left_out: str | None

    @decorate
    @strawberry.input
    class Outer:
        some_text: str
        inner: Inner
        maybe_inner: Inner | None = None
        many: list[Inner] = strawberry.field(default_factory=list)
        words: list[str] | None = None
        unset: str | None = strawberry.UNSET
        perhaps: strawberry.Maybe[int]
        node: GlobalID | None = None

    @strawberry.type
    class Query:
        @strawberry.field
        def told(self, given: Outer, other: Outer | None = None) -> str:
            return repr((given, other))

    # `from __future__ import annotations` leaves names that only this function knows
    for kind in (Inner, Outer):
        for field in kind.__strawberry_definition__.fields:
            field.type_annotation.namespace = {**vars(strawberry), **globals(), **locals()}
    for argument in Query.__strawberry_definition__.fields[0].arguments:
        argument.type_annotation.namespace = {**globals(), **locals()}
    return strawberry.Schema(Query)


def answer(schema, given, other=None):
    query = "query($given: Outer!, $other: Outer) { told(given: $given, other: $other) }"
    result = schema.execute_sync(query, {"given": given, "other": other})
    errors = [(error.message, error.path) for error in result.errors or ()]
    return result.data, errors


GOOD = {"someText": "a", "inner": {"anId": 7}}
NODE = "Tm9kZToxMg=="


@pytest.mark.parametrize(
    "given",
    [
        GOOD,
        GOOD | {"inner": {"anId": "x", "colour": "RED", "leftOut": "said"}},
        GOOD | {"inner": {"anId": "x", "leftOut": None}},
        GOOD | {"maybeInner": None, "words": None, "unset": None, "node": None},
        GOOD | {"maybeInner": {"anId": 1}, "many": [{"anId": 2}, {"anId": 3, "colour": "RED"}]},
        GOOD | {"words": ["a", "b"], "unset": "set", "perhaps": 3, "node": NODE},
        GOOD | {"node": "no node"},
        GOOD | {"perhaps": None},
        GOOD | {"unknown": 1},
        GOOD | {"inner": {"anId": "x", "colour": "GREEN"}},
        GOOD | {"inner": {"anId": 1.5}},
        GOOD | {"someText": 3},
        GOOD | {"inner": None},
        {"someText": "a"},
        "no object",
    ],
)
def test_like_strawberry(given):
    """R4: whatever is sent, the resolver is given the same, or the caller told the same at the same
    place, as by Strawberry's own conversion."""
    ours, theirs = make_schema(built_at_once), make_schema(lambda kind: kind)
    assert answer(ours, given) == answer(theirs, given)
    assert answer(ours, GOOD, given) == answer(theirs, GOOD, given)
    assert answer(ours, GOOD)[1] == []


def test_two_schemas_with_names_of_their_own():
    """What was worked out for one schema is not taken for another's, as with a host's names."""

    @built_at_once
    @strawberry.input
    class Form:
        some_text: str

    @strawberry.type
    class Query:
        @strawberry.field
        def told(self, form: Form) -> str:
            return form.some_text

    Query.__strawberry_definition__.fields[0].arguments[0].type_annotation.namespace = locals()
    for camel, name in ((True, "someText"), (False, "some_text"), (True, "someText")):
        config = strawberry.schema.config.StrawberryConfig(auto_camel_case=camel)
        schema = strawberry.Schema(Query, config=config)
        result = schema.execute_sync(f'{{ told(form: {{{name}: "a"}}) }}')
        assert (result.errors, result.data) == (None, {"told": "a"})


def test_every_input_of_ours_is_built_at_once():
    """None is forgotten."""
    definitions = [
        getattr(each, "__strawberry_definition__", None) for each in vars(inputs).values()
    ]
    forms = [each for each in definitions if getattr(each, "is_input", False)]
    assert len(forms) >= 5
    assert all(each.from_input for each in forms)
