"""Inputs built in one go: which field goes where is worked out once, not for each operation.

Strawberry's own conversion asks of each value, over and over, what its type is and what its fields
are called: it was the costliest single step of accepting a request. By then graphql-core has
checked everything (kinds, enums, lists, required fields) with its errors and paths; only the
building of the Python object is left, and only that is replaced here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any, TypeVar

from strawberry.relay import GlobalID
from strawberry.scalars import is_scalar
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryMaybe, StrawberryObjectDefinition, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition

from graphql_api.strawberry_inside import builds_inputs_with, object_definition_of

Input = TypeVar("Input", bound=type)


def built_at_once(input_type: Input) -> Input:
    """Decorates a `strawberry.input`, through Strawberry's own hook for those that build values."""
    builds_inputs_with(input_type, _Builder(object_definition_of(input_type)))
    return input_type


class _Builder:
    """Builds one type. What it works out depends on the schema's names and scalars."""

    def __init__(self, definition: StrawberryObjectDefinition) -> None:
        self._definition = definition
        self._plans: dict[tuple[int, int], _Plan] = {}

    def __call__(self, built: type, given: Mapping[str, Any], context: InputContext) -> Any:
        plan = self._plan(context)
        values: dict[str, Any] = dict(plan.absent)
        for name, value in given.items():
            python_name, type_ = plan.fields[name]
            values[python_name] = value if type_ is None else context.convert(value, type_, name)
        return built(**values)

    def _plan(self, context: InputContext) -> _Plan:
        schema = id(context.config), id(context.scalar_registry)
        plan = self._plans.get(schema)
        if plan is None:
            plan = self._plans[schema] = _Plan(self._definition, context)
        return plan


class _Plan:
    """`fields`: by their GraphQL name the Python name, and the type unless the value is right as
    it comes. `absent`: what fields without a default of their own are when left out."""

    def __init__(self, definition: StrawberryObjectDefinition, context: InputContext) -> None:
        self._context = context  # lives as long as what was worked out from it
        self.absent: dict[str, None] = {}
        self.fields: dict[str, tuple[str, Any]] = {}
        for field in definition.fields:
            name = context.config.name_converter.from_field(field)
            type_ = field.resolve_type(type_definition=definition)
            kept = None if _is_right_as_it_comes(type_, context) else type_
            self.fields[name] = field.python_name, kept
            if field.default_value is MISSING and field.default_factory is MISSING:
                self.absent[field.python_name] = None


def _is_right_as_it_comes(type_: Any, context: InputContext) -> bool:
    """Scalars and enums are what graphql-core has made of them."""
    if isinstance(type_, StrawberryOptional) and not isinstance(type_, StrawberryMaybe):
        type_ = type_.of_type
    if type_ is GlobalID:
        return False
    is_enum = isinstance(type_, StrawberryEnumDefinition) or has_enum_definition(type_)
    return is_enum or is_scalar(type_, context.scalar_registry)
