"""The limits of what a document defines, before fragments are expanded."""

from __future__ import annotations

from collections import Counter

from graphql import DocumentNode, FragmentDefinitionNode, OperationDefinitionNode

from .document_limits import DocumentLimits
from .measure import Measure
from .refused import DocumentRefused, demand


def examine_definitions(
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


def examine_names(measures: list[Measure], limits: DocumentLimits) -> None:
    """Raises `DocumentRefused`. Validation compares fields of one response name in pairs, also
    those of different fragments, so that the whole document counts."""
    names = sum((each.names for each in measures), Counter[str]())
    repeats = max(names.values(), default=0)
    demand("uses of one response name", "TOO_MANY_REPEATS", repeats, limits.repeats)
