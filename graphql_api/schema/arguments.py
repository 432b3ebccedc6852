"""Inputs built in one go: which field goes where is worked out once, not for each operation.

Strawberry's own conversion asks of each value, over and over, what its type is and what its fields
are called: it was the costliest single step of accepting a request. By then graphql-core has
checked everything (kinds, enums, lists, required fields) with its errors and paths; only the
building of the Python object is left, and only that is replaced here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from typing import Any, TypeVar

from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.unset import UNSET

from graphql_api.strawberry_inside import (
    builds_inputs_with,
    input_builder_of,
    object_definition_of,
)

Input = TypeVar("Input", bound=type)
Convert = Callable[[Any], Any]


def built_at_once(input_type: Input) -> Input:
    """Decorates a `strawberry.input`, through Strawberry's own hook for those that build values."""
    builds_inputs_with(input_type, _Builder(object_definition_of(input_type)))
    return input_type


def converter_of(type_: Any, context: InputContext) -> Convert | None:
    """From what graphql-core has made of a value to what Python code is given; None where that is
    the same."""
    if _is_right_as_it_comes(type_, context):
        return None
    inner: Any = type_.of_type if type(type_) is StrawberryOptional else type_
    builder = input_builder_of(inner)
    if not isinstance(builder, _Builder):
        return lambda value: context.convert(value, type_)
    build = builder.plan(inner, context).build
    return lambda value: value if value is None or value is UNSET else build(value)


class _Builder:
    """Builds one type. What it works out depends on the schema's names and scalars."""

    def __init__(self, definition: StrawberryObjectDefinition) -> None:
        self._definition = definition
        self._plans: dict[tuple[int, int], _Plan] = {}

    def __call__(self, built: type, given: Mapping[str, Any], context: InputContext) -> Any:
        return self.plan(built, context).build(given)

    def plan(self, built: type, context: InputContext) -> _Plan:
        schema = id(context.config), id(context.scalar_registry)
        plan = self._plans.get(schema)
        if plan is None:
            plan = self._plans[schema] = _Plan(built, self._definition, of_no_call(context))
        return plan


class _Plan:
    """`fields`: by their GraphQL name the Python name, and how a value is converted. `absent`: what
    fields without a default of their own are when left out."""

    def __init__(
        self, built: type, definition: StrawberryObjectDefinition, context: InputContext
    ) -> None:
        self._built = built
        self._context = context  # lives as long as what was worked out from it
        self._absent: dict[str, None] = {}
        self._fields: dict[str, tuple[str, Convert | None]] = {}
        for field in definition.fields:
            name = context.config.name_converter.from_field(field)
            type_ = field.resolve_type(type_definition=definition)
            self._fields[name] = field.python_name, converter_of(type_, context)
            if field.default_value is MISSING and field.default_factory is MISSING:
                self._absent[field.python_name] = None

    def build(self, given: Mapping[str, Any]) -> Any:
        values: dict[str, Any] = self._absent.copy()
        for name, value in given.items():
            python_name, convert = self._fields[name]
            values[python_name] = value if convert is None else convert(value)
        return self._built(**values)


def of_no_call(context: InputContext) -> InputContext:
    """The same for every call: nothing of one is kept for the next."""
    return InputContext(None, context.config, context.scalar_registry, ())


def _is_right_as_it_comes(type_: Any, context: InputContext) -> bool:
    """Scalars and enums are what graphql-core has made of them."""
    if isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
        type_ = type_.of_type
    if type_ is GlobalID:
        return False
    is_enum = isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_)
    return is_enum or is_scalar(type_, context.scalar_registry)
