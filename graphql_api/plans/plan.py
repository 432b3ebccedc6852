"""What of one operation does not depend on who runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    BREAK,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    TypeNameMetaFieldDef,
    Undefined,
    VariableNode,
    VisitorAction,
    default_field_resolver,
    is_abstract_type,
    is_leaf_type,
    is_non_null_type,
    visit,
)
from graphql.execution.collect_fields import (
    CollectedFields,
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
)
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import Visitor

from .variables import CoerceVariables, coercion_of

ReadsOnly = Callable[[GraphQLField], bool]
"""Whether a field's resolver reads its value off the object and asks for nothing besides."""
TypeByClass = Callable[[Iterable[GraphQLObjectType], Any], GraphQLObjectType | None]
"""Which of these types all values of a value's class have; None where the class does not say."""
Quick = Callable[[Any, Callable[[Any], bool]], dict[str, Any] | None]
"""From an object to its answer; None where anything about it is unusual. The second argument tells
what has to be awaited."""
_Place = tuple[GraphQLObjectType, int]
NO_VARIABLES = VariableValues({}, {})


@dataclass(frozen=True)
class Step:
    """One field of one type, as it is selected in one place."""

    field: GraphQLField
    nodes: list[FieldNode]
    resolve: Callable[..., Any]
    arguments: Callable[[VariableValues], dict[str, Any]]
    reads: bool
    """Whether `resolve` asks for the object alone."""
    coerce: Callable[[Any], Any] | None
    """From a value that is there to what is answered, where the field's type is a leaf."""


@dataclass
class Plan:
    """Of one operation of a valid document."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragment_definitions: dict[str, FragmentDefinitionNode]
    fragments: dict[str, FragmentDetails]
    root_type: GraphQLObjectType
    root_fields: GroupedFieldSet
    coerce_variables: CoerceVariables | None
    """None: always graphql-core's."""
    reads_only: ReadsOnly
    type_by_class: TypeByClass
    subfields: dict[_Place, tuple[FieldDetailsList, CollectedFields]] = field(
        default_factory=dict[Any, Any]
    )
    """graphql-core's own memory, kept from one run to the next."""
    steps: dict[_Place, Step] = field(default_factory=dict[Any, Any])
    """By type and identity of the list, which `root_fields` and `subfields` keep alive."""

    quick: dict[tuple[type, int, int], Quick] = field(default_factory=dict[Any, Any])
    """How objects of a class are answered where they were selected, by the identity of the list and
    of the type that is returned: an item of a list and the list have one selection."""

    @property
    def is_serial(self) -> bool:
        return self.operation.operation is OperationType.MUTATION

    def step(self, parent_type: GraphQLObjectType, details: FieldDetailsList) -> Step:
        key = parent_type, id(details)
        if key not in self.steps:
            self.steps[key] = self._step(parent_type, details)
        return self.steps[key]

    def learn(self, return_type: GraphQLOutputType, details: FieldDetailsList, value: Any) -> None:
        """Remember how a value that has been completed is completed quickly, if it can be."""
        named: Any = return_type.of_type if is_non_null_type(return_type) else return_type
        if is_abstract_type(named):
            named = self.type_by_class(self.schema.get_possible_types(named), value)
        found = self.subfields.get((named, id(details)))
        quick = self._quick(named, found[1].grouped_field_set) if found else None
        self.quick[type(value), id(details), id(return_type)] = quick or _never

    def _quick(self, type_: GraphQLObjectType, fields: GroupedFieldSet) -> Quick | None:
        """For objects of which only values are asked that are there to be read."""
        read: list[tuple[str, Callable[..., Any], Callable[[Any], Any]]] = []
        for name, details in fields.items():
            step = self.step(type_, details)
            if not step.reads or step.coerce is None or type_.is_type_of:
                return None
            read.append((name, step.resolve, step.coerce))

        def quick(source: Any, is_awaitable: Callable[[Any], bool]) -> dict[str, Any] | None:
            answer: dict[str, Any] = {}
            try:
                for name, resolve, coerce in read:
                    value = resolve(source)
                    if value is None or isinstance(value, Exception) or is_awaitable(value):
                        return None
                    answer[name] = coerced = coerce(value)
                    if coerced is None or coerced is Undefined:
                        return None
            except Exception:  # graphql-core words it
                return None
            return answer

        return quick

    def _step(self, parent_type: GraphQLObjectType, details: FieldDetailsList) -> Step:
        node = details[0].node
        found: Any = self.schema.get_field(parent_type, node.name.value)
        nodes = [each.node for each in details]
        if found is TypeNameMetaFieldDef:
            return Step(found, nodes, lambda source: parent_type.name, _no_arguments, True, str)
        type_ = found.type.of_type if isinstance(found.type, GraphQLNonNull) else found.type
        return Step(
            found,
            nodes,
            found.resolve or default_field_resolver,
            _arguments(found, node),
            reads=not found.args and self.reads_only(found),
            coerce=type_.coerce_output_value if is_leaf_type(type_) else None,
        )


def plan_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    reads_only: ReadsOnly,
    type_by_class: TypeByClass,
) -> Plan | None:
    """Of an operation of a document that is valid for a valid schema. None for subscriptions,
    and for documents with directives or variables of fragments: what these select differs from run
    to run."""
    root_type = schema.get_root_type(operation.operation)
    if operation.operation is OperationType.SUBSCRIPTION or root_type is None or _differs(document):
        return None
    definitions = {
        each.name.value: each
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    fragments = {name: FragmentDetails(each, None) for name, each in definitions.items()}
    root = collect_fields(schema, fragments, NO_VARIABLES, root_type, operation, True)
    coerce = coercion_of(schema, operation.variable_definitions or ())
    return Plan(
        schema,
        operation,
        definitions,
        fragments,
        root_type,
        root.grouped_field_set,
        coerce,
        reads_only,
        type_by_class,
    )


class _Differs(Visitor):
    """Looks for what makes one run select other fields than the next."""

    found = False

    def enter_directive(self, *_: Any) -> VisitorAction:
        self.found = True
        return BREAK

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> VisitorAction:
        self.found = bool(node.variable_definitions)
        return BREAK if self.found else None


def _differs(document: DocumentNode) -> bool:
    looks = _Differs()
    visit(document, looks)
    return looks.found


def _arguments(found: GraphQLField, node: FieldNode) -> Callable[[VariableValues], dict[str, Any]]:
    """Where every argument of the field is a variable, its value is taken as it was coerced."""
    if not found.args and not node.arguments:
        return _no_arguments
    given: Mapping[str, Any] = {each.name.value: each.value for each in node.arguments or ()}
    named = [
        (argument.out_name or name, given[name].name.value, argument)
        for name, argument in found.args.items()
        if isinstance(given.get(name), VariableNode)
    ]
    whole = len(named) == len(found.args)

    def arguments(variables: VariableValues) -> dict[str, Any]:
        coerced = variables.coerced
        if whole and all(_is_taken(coerced, name, argument) for _, name, argument in named):
            return {out_name: coerced[name] for out_name, name, _ in named}
        return get_argument_values(found, node, variables, None, True)

    return arguments


def _never(source: Any, is_awaitable: Callable[[Any], bool]) -> None:
    """For objects that graphql-core has to look at."""


def _no_arguments(variables: VariableValues) -> dict[str, Any]:
    return {}


def _is_taken(coerced: Mapping[str, Any], name: str, argument: GraphQLArgument) -> bool:
    """Whether a variable has a value that its argument takes."""
    return name in coerced and not (coerced[name] is None and is_non_null_type(argument.type))
