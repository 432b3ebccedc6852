"""What we use of Strawberry that it does not promise. Nothing else reaches into its privates.

`pyproject.toml` bounds the versions that this was tried with. `tests/graphql_api/
test_strawberry_inside.py` fails when one of these moves, and says which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from graphql import GraphQLObjectType, GraphQLSchema
from strawberry.execution import optimized_is_awaitable
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import get_strawberry_type_cast
from strawberry.types.enum import StrawberryEnumDefinition

__all__ = [
    "INPUT_RULES",
    "builds_inputs_with",
    "enum_definition_of",
    "executable",
    "has_resolver",
    "input_builder_of",
    "input_context_of",
    "object_definition_of",
    "optimized_is_awaitable",
    "origin_of",
    "reads_only",
    "type_by_class",
]

INPUT_RULES = (MaybeNullValidationRule, OneOfInputValidationRule)
"""Strawberry's rules beside the specification's, for `@oneOf` inputs and `Maybe` fields."""
_DEFINITION = "strawberry-definition"
"""In the extensions of a type or field of graphql-core: what Strawberry has made it from."""


def executable(schema: Any) -> GraphQLSchema:
    """The schema of graphql-core that a Strawberry schema is run with."""
    return schema._schema


def object_definition_of(kind: type) -> StrawberryObjectDefinition:
    """What Strawberry knows of a type or an input."""
    return vars(kind)["__strawberry_definition__"]


def enum_definition_of(kind: type[StrEnum]) -> StrawberryEnumDefinition:
    """What Strawberry knows of an enumeration."""
    return vars(kind)["__strawberry_definition__"]


def builds_inputs_with(kind: type, build: Callable[..., Any]) -> None:
    """Has values of an input made by `build(type, given, context)`."""
    object_definition_of(kind).from_input = build  # pyright: ignore[reportAttributeAccessIssue]


def input_builder_of(kind: Any) -> Callable[..., Any] | None:
    """What values of an input are made by, where Strawberry has been told; else None."""
    definition = getattr(kind, "__strawberry_definition__", None)
    return getattr(definition, "from_input", None)


def input_context_of(schema: Any) -> InputContext:
    """What Strawberry converts the arguments of a schema's fields with."""
    return InputContext(None, schema.config, schema.schema_converter.scalar_registry, ())


def has_resolver(field: Any) -> bool:
    """Whether a field of graphql-core is worked out by a function, rather than read off a value."""
    return getattr(origin_of(field), "base_resolver", None) is not None


def reads_only(field: Any) -> bool:
    """Whether the resolver of a field of graphql-core reads an attribute, and uses nothing of what
    it is given besides the object."""
    return getattr(field.resolve, "_is_default", False)


def origin_of(element: Any) -> Any:
    """What Strawberry has made a type or field of graphql-core from; None when it has not."""
    return element.extensions.get(_DEFINITION)


def type_by_class(types: Iterable[GraphQLObjectType], value: Any) -> GraphQLObjectType | None:
    """Of these, the one that Strawberry has made from the value's class, as it tells apart the
    types of a union. None for a value that is cast to another."""
    if get_strawberry_type_cast(value) is not None:
        return None
    kind = type(value)
    return next((each for each in types if getattr(origin_of(each), "origin", None) is kind), None)
