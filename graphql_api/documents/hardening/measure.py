"""One definition of a document, measured on its own: fragments that it spreads are only noted.

Selections are walked with a stack of our own, so that no nesting is too deep for it. A field's cost
is in units of reading one stored value. Measured on one core: drawing a security code's picture or
speaking it takes some milliseconds, a mutation writes to the database or to a queue. What stands
within a list is counted as if the list had `LIST_FACTOR` entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    ExecutableDefinitionNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_interface_type,
    is_list_type,
    is_object_type,
)

from graphql_api.strawberry_inside import has_resolver

LIST_FACTOR = 5
MUTATION = 20
WEIGHTS = {"SecurityCode.image": 10, "SecurityCode.audio": 10, "Query.securityCode": 5}
WEIGHTS |= {"Query.renewalLink": 5, "SecurityCode.price": 1}
WEIGHTS |= dict.fromkeys(("Query.deliveryRates", "Query.votersUnreached", "Query.routes"), 20)
WEIGHTS |= dict.fromkeys(("Query.recoveryRequest", "Query.recoveryRequests"), 20)
WEIGHTS |= {"Query.unreachedVoters": 40, "Query.votingRounds": 5}
WEIGHTS |= {"Query.deliveryEvidence": 100, "Query.recoveryStatistics": 40}
WEIGHTS["Query.firstSending"] = 20
WEIGHTS |= {"Query.alerts": 20, "Alert.text": 1}
WEIGHTS |= dict.fromkeys(("Query.votingRound", "Query.assistance", "Query.now"), 1)
WEIGHTS |= dict.fromkeys(("RenewalLink.message", "Assistance.hours", "TimelineEntry.text"), 1)
WEIGHTS |= dict.fromkeys(("Query._service", "Query._entities", "_Service.sdl"), 1)
"""Of every field that is worked out when it is asked for. What only shows a value weighs 1."""
HARMLESS = {"issueSecurityCode", "__typename"}
"""Issuing a security code stores nothing. Every other mutation goes one at a time, also one that a
host adds to the schema: trying identifiers or addresses costs a request each."""
_INTROSPECTION = {"__schema", "__type"}


@dataclass(frozen=True)
class Spread:
    """One `...Name`: within how many fields, and how often what it holds counts. Beneath
    introspection neither depth nor cost count: graphql-core has a rule of its own for these."""

    name: str
    depth: int
    factor: int


@dataclass
class Measure:
    """What a definition holds by itself."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    directives_at_once: int = 0
    cost: int = 0
    sensitive: int = 0
    introspects: bool = False
    names: Counter[str] = field(default_factory=Counter[str])
    """How often each response name stands in it."""
    spreads: list[Spread] = field(default_factory=list[Spread])

    def note_directives(self, directives: Sequence[DirectiveNode] | None) -> None:
        count = len(directives or ())
        self.directives += count
        self.directives_at_once = max(self.directives_at_once, count)


@dataclass(frozen=True)
class _Place:
    """Where a selection stands."""

    parent: GraphQLNamedType | None
    depth: int = 0
    factor: int = 1


def measure(schema: GraphQLSchema, definition: ExecutableDefinitionNode) -> Measure:
    """Linear in the definition's length."""
    found = Measure()
    found.note_directives(definition.directives)
    for variable in definition.variable_definitions or ():
        found.note_directives(variable.directives)
    waiting = [(definition.selection_set, _Place(_root(schema, definition)))]
    while waiting:
        selections, place = waiting.pop()
        for selection in selections.selections:
            within = _note(schema, found, selection, place)
            nested: SelectionSetNode | None = getattr(selection, "selection_set", None)
            if nested is not None and within is not None:
                waiting.append((nested, within))
    return found


def _root(schema: GraphQLSchema, definition: ExecutableDefinitionNode) -> GraphQLNamedType | None:
    if isinstance(definition, OperationDefinitionNode):
        return schema.get_root_type(definition.operation)
    if isinstance(definition, FragmentDefinitionNode):
        return schema.get_type(definition.type_condition.name.value)
    return None


def _note(
    schema: GraphQLSchema, found: Measure, selection: SelectionNode, place: _Place
) -> _Place | None:
    """Add one selection to what was found; the place of what it holds, if it can hold any."""
    found.note_directives(selection.directives)
    if isinstance(selection, FieldNode):
        return _note_field(schema, found, selection, place)
    if isinstance(selection, FragmentSpreadNode):
        found.spreads.append(Spread(selection.name.value, place.depth, place.factor))
        return None
    condition = getattr(selection, "type_condition", None)
    parent = schema.get_type(condition.name.value) if condition else place.parent
    return _Place(parent, place.depth, place.factor)


def _note_field(schema: GraphQLSchema, found: Measure, node: FieldNode, place: _Place) -> _Place:
    name = node.name.value
    found.fields += 1
    found.aliases += node.alias is not None
    found.names[node.alias.value if node.alias else name] += 1
    found.cost += place.factor * weight(schema, place.parent, name)
    found.sensitive += is_sensitive(schema, place.parent, name)
    depth = place.depth + (place.factor > 0)
    found.depth = max(found.depth, depth)
    if name in _INTROSPECTION:
        found.introspects = True
        return _Place(None, depth, 0)
    defined = _fields_of(place.parent).get(name)
    inner = get_named_type(defined.type) if defined else None
    return _Place(inner, depth, place.factor * factor(defined))


def _fields_of(parent: GraphQLNamedType | None):
    return parent.fields if is_object_type(parent) or is_interface_type(parent) else {}


def weight(schema: GraphQLSchema, parent: GraphQLNamedType | None, name: str) -> int:
    """Of one use of the field; a field that does not exist weighs like a plain one."""
    if parent is None or name == "__typename":
        return 1
    if parent is schema.mutation_type:
        return MUTATION
    return WEIGHTS.get(f"{parent.name}.{name}", 1)


def factor(field: GraphQLField | None) -> int:
    """By how much what stands within the field is multiplied."""
    return LIST_FACTOR if field and is_list_type(get_nullable_type(field.type)) else 1


def is_sensitive(schema: GraphQLSchema, parent: GraphQLNamedType | None, name: str) -> bool:
    """Whether an operation may have one such field only."""
    return parent is not None and parent is schema.mutation_type and name not in HARMLESS


def unweighed(schema: GraphQLSchema) -> list[str]:
    """The fields that are worked out when they are asked for and that nobody has given a weight.
    Mutations all weigh the same."""
    found: list[str] = []
    for name, kind in schema.type_map.items():
        if kind is schema.mutation_type or name.startswith("__"):
            continue
        for field_name, defined in _fields_of(kind).items():
            is_worked_out = kind is schema.query_type or has_resolver(defined)
            if is_worked_out and f"{name}.{field_name}" not in WEIGHTS:
                found.append(f"{name}.{field_name}")
    return found
