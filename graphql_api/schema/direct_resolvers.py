"""Resolvers that call a field's function, with nothing in between.

Strawberry's own asks before each call what the function wants to be given, and chains the field's
extensions, also where there are none. Here that is asked once, when the schema is made.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import GraphQLObjectType, GraphQLResolveInfo
from strawberry.types.arguments import InputContext
from strawberry.types.field import StrawberryField

from graphql_api.strawberry_inside import executable, input_context_of, origin_of

from .arguments import Convert, converter_of


def resolve_directly(schema: Any) -> None:
    """Give the fields of a Strawberry schema resolvers without detours, where that changes nothing.
    Its config has no handlers of exceptions."""
    context = input_context_of(schema)
    for type_ in executable(schema).type_map.values():
        for field in type_.fields.values() if isinstance(type_, GraphQLObjectType) else ():
            origin = origin_of(field)
            if isinstance(origin, StrawberryField):
                field.resolve = direct_resolver(origin, context) or field.resolve


def direct_resolver(field: StrawberryField, context: InputContext) -> Callable[..., Any] | None:
    """Of a field; None where something lies between, or where its function wants to be given the
    object by a name."""
    resolver = field.base_resolver
    if resolver is None or field.extensions or resolver.parent_parameter or resolver.root_parameter:
        return None
    function: Any = resolver.wrapped_func
    of_object = resolver.self_parameter is not None
    arguments = _arguments(field, context)
    told = resolver.info_parameter.name if resolver.info_parameter else None
    info_class = context.config.info_class

    def resolve(source: Any, info: GraphQLResolveInfo, **given: Any) -> Any:
        named: dict[str, Any] = {}
        for name, value in given.items():
            python_name, convert = arguments[name]
            named[python_name] = value if convert is None else convert(value)
        if told:
            named[told] = info_class(_raw_info=info, _field=field)
        return function(source, **named) if of_object else function(**named)

    return resolve


def _arguments(
    field: StrawberryField, context: InputContext
) -> dict[str, tuple[str, Convert | None]]:
    """By the GraphQL name: the name in Python, and how a value is converted."""
    name_of = context.config.name_converter.from_argument
    return {
        name_of(each): (each.python_name, converter_of(each.type, context))
        for each in field.arguments
    }
