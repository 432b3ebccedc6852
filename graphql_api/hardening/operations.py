"""The limits of an operation with its fragments expanded."""

from __future__ import annotations

from graphql import OperationDefinitionNode

from .document_limits import DocumentLimits
from .expansion import Sums
from .refused import demand

SENSITIVE_AT_ONCE = 1
"""Not a setting: aliases would otherwise multiply what a security code or a limit allows."""


def examine_operation(node: OperationDefinitionNode, sums: Sums, limits: DocumentLimits) -> None:
    """Raises `DocumentRefused`."""
    demand("depth", "DOCUMENT_TOO_DEEP", sums.depth, limits.depth, node)
    demand("fields", "TOO_MANY_FIELDS", sums.fields, limits.fields, node)
    demand("aliases", "TOO_MANY_ALIASES", sums.aliases, limits.aliases, node)
    demand("directives", "TOO_MANY_DIRECTIVES", sums.directives, limits.directives, node)
    demand("sensitive mutations", "TOO_MANY_MUTATIONS", sums.sensitive, SENSITIVE_AT_ONCE, node)
    demand("cost", "DOCUMENT_TOO_COSTLY", sums.cost, limits.cost, node)
