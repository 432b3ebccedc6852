"""All limits on a parsed document, in order: its words, what it defines, its operations."""

from __future__ import annotations

from collections import Counter

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
)

from .expansion import Sums, add_up, expand
from .limits import DocumentLimits
from .measure import Measure, measure
from .refused import DocumentRefused, demand
from .tokens import examine_tokens

SENSITIVE_AT_ONCE = 1
"""Not a setting: aliases would otherwise multiply what a security code or a limit allows."""


def examine(schema: GraphQLSchema, document: DocumentNode, limits: DocumentLimits) -> None:
    """Raises `DocumentRefused` for the first limit that a document exceeds."""
    examine_tokens(document, limits)
    executable = [
        each for each in document.definitions if isinstance(each, ExecutableDefinitionNode)
    ]
    measures = [measure(schema, each) for each in executable]
    _examine_definitions(document, measures, limits)
    fragments = {
        node.name.value: found
        for node, found in zip(executable, measures, strict=True)
        if isinstance(node, FragmentDefinitionNode)
    }
    sums = expand(fragments)
    for node, found in zip(executable, measures, strict=True):
        if isinstance(node, OperationDefinitionNode):
            _examine_operation(node, add_up(found, sums), limits)
    _examine_names(measures, limits)


def _examine_definitions(
    document: DocumentNode, measures: list[Measure], limits: DocumentLimits
) -> None:
    """Raises `DocumentRefused`. `measures` are those of every definition."""
    kinds = Counter(type(each) for each in document.definitions)
    operations, fragments = kinds[OperationDefinitionNode], kinds[FragmentDefinitionNode]
    demand("operations", "TOO_MANY_OPERATIONS", operations, limits.operations)
    demand("fragments", "TOO_MANY_FRAGMENTS", fragments, limits.fragments)
    at_once = max((each.directives_at_once for each in measures), default=0)
    demand("directives at once", "TOO_MANY_DIRECTIVES", at_once, limits.directives_at_once)
    if any(each.introspects for each in measures) and not limits.introspection:
        raise DocumentRefused("INTROSPECTION_OFF", "introspection is switched off")


def _examine_names(measures: list[Measure], limits: DocumentLimits) -> None:
    """Raises `DocumentRefused`. Validation compares fields of one response name in pairs, also
    those of different fragments, so that the whole document counts."""
    names = sum((each.names for each in measures), Counter[str]())
    repeats = max(names.values(), default=0)
    demand("uses of one response name", "TOO_MANY_REPEATS", repeats, limits.repeats)


def _examine_operation(node: OperationDefinitionNode, sums: Sums, limits: DocumentLimits) -> None:
    """Raises `DocumentRefused`."""
    demand("depth", "DOCUMENT_TOO_DEEP", sums.depth, limits.depth, node)
    demand("fields", "TOO_MANY_FIELDS", sums.fields, limits.fields, node)
    demand("aliases", "TOO_MANY_ALIASES", sums.aliases, limits.aliases, node)
    demand("directives", "TOO_MANY_DIRECTIVES", sums.directives, limits.directives, node)
    demand("sensitive mutations", "TOO_MANY_MUTATIONS", sums.sensitive, SENSITIVE_AT_ONCE, node)
    demand("cost", "DOCUMENT_TOO_COSTLY", sums.cost, limits.cost, node)
