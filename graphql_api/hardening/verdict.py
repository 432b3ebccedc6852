"""All limits on a parsed document, in order."""

from __future__ import annotations

from graphql import (
    DocumentNode,
    ExecutableDefinitionNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
)

from .definitions import examine_definitions, examine_names
from .document_limits import DocumentLimits
from .expansion import add_up, expand
from .measure import measure
from .operations import examine_operation
from .tokens import examine_tokens


def examine(schema: GraphQLSchema, document: DocumentNode, limits: DocumentLimits) -> None:
    """Raises `DocumentRefused` for the first limit that a document exceeds."""
    examine_tokens(document, limits)
    executable = [
        each for each in document.definitions if isinstance(each, ExecutableDefinitionNode)
    ]
    measures = [measure(schema, each) for each in executable]
    examine_definitions(document, measures, limits)
    fragments = {
        node.name.value: found
        for node, found in zip(executable, measures, strict=True)
        if isinstance(node, FragmentDefinitionNode)
    }
    sums = expand(fragments)
    for node, found in zip(executable, measures, strict=True):
        if isinstance(node, OperationDefinitionNode):
            examine_operation(node, add_up(found, sums), limits)
    examine_names(measures, limits)
