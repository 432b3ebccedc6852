"""Coercing the values of variables by functions that are made once for their types.

Only what is right goes this way. For anything else `None` is answered, and graphql-core coerces the
same values again: it says what is wrong, and it knows what is put right (one value for a list).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputType,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.utilities.coerce_input_value import coerce_default_value

Coerce = Callable[[Any], Any]
_TEXTS = (GraphQLString, GraphQLID)
CoerceVariables = Callable[[Mapping[str, Any]], VariableValues | None]


class _Otherwise(Exception):
    """A value, or a type, that graphql-core has to look at."""


def coercion_of(
    schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]
) -> CoerceVariables | None:
    """Of the variables of one operation; None when their types are graphql-core's to look at."""
    try:
        known = [_variable(schema, each) for each in definitions]
    except _Otherwise:
        return None

    def coerce(given: Mapping[str, Any]) -> VariableValues | None:
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        try:
            for signature, has_default, coerce_value in known:
                name = signature.name
                value = given.get(name, Undefined)
                if value is not Undefined:
                    sources[name] = VariableValueSource(signature, value)
                    coerced[name] = coerce_value(value)
                    continue
                sources[name] = VariableValueSource(signature)
                if has_default:
                    coerced[name] = _defined(coerce_default_value(signature))
                elif is_non_null_type(signature.type):
                    return None
        except Exception:  # a scalar's own, too: graphql-core words it
            return None
        return VariableValues(sources, coerced)

    return coerce


def _variable(
    schema: GraphQLSchema, definition: VariableDefinitionNode
) -> tuple[GraphQLVariableSignature, bool, Coerce]:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        raise _Otherwise
    return signature, bool(definition.default_value), _coerce(signature.type, ())


def _coerce(type_: GraphQLInputType, within: tuple[object, ...]) -> Coerce:
    """`within`: the input objects around it. One that holds itself is left to graphql-core, which
    bounds how deep its values go."""
    if is_non_null_type(type_):
        return _not_null(_coerce_nullable(type_.of_type, within))
    inner = _coerce_nullable(type_, within)
    if inner is _text:
        return lambda value: value if type(value) is str or value is None else _text(value)
    return lambda value: None if value is None else inner(value)


def _not_null(inner: Coerce) -> Coerce:
    def coerce(value: Any) -> Any:
        if value is None:
            raise _Otherwise
        return inner(value)

    return coerce


def _coerce_nullable(type_: Any, within: tuple[object, ...]) -> Coerce:
    if is_list_type(type_):
        return _list(_coerce(type_.of_type, within))
    if is_input_object_type(type_):
        if type_ in within or type_.is_one_of:
            raise _Otherwise
        return _input_object(type_, (*within, type_))
    return _text if type_ in _TEXTS else _leaf(type_.coerce_input_value)


def _text(value: Any) -> Any:
    """Text as it is; whatever else may stand for it is graphql-core's to look at."""
    if type(value) is not str:
        raise _Otherwise
    return value


def _leaf(parse: Coerce) -> Coerce:
    return lambda value: _defined(parse(value))


def _list(item: Coerce) -> Coerce:
    def coerce(value: Any) -> list[Any]:
        if type(value) is not list:
            raise _Otherwise
        return [item(each) for each in value]

    return coerce


def _input_object(type_: Any, within: tuple[object, ...]) -> Coerce:
    fields = [
        (name, field.out_name or name, _coerce(field.type, within), _left_out(field))
        for name, field in type_.fields.items()
    ]
    names, build = type_.fields.keys(), type_.out_type

    def coerce(value: Any) -> Any:
        if type(value) is not dict or not value.keys() <= names:
            raise _Otherwise
        built: dict[str, Any] = {}
        for name, out_name, coerce_field, left_out in fields:
            if name in value:
                built[out_name] = coerce_field(value[name])
            elif left_out is not None:
                built[out_name] = left_out()
        return build(built)

    return coerce


def _left_out(field: GraphQLInputField) -> Callable[[], Any] | None:
    """What a field is that is not given; None where it is then absent."""
    if is_required_input_field(field):
        return _otherwise
    if coerce_default_value(field) is Undefined:
        return None
    return lambda: coerce_default_value(field)


def _otherwise() -> Any:
    raise _Otherwise


def _defined(value: Any) -> Any:
    if value is Undefined:
        raise _Otherwise
    return value
