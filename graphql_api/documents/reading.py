"""The documents that callers send, read once: parsed, examined, validated, and remembered by their
text.

Parsing and validating cost more than everything else in an operation together (measured: 93 % of
a Strawberry mutation), and partners send the same few documents over and over. What a document may
cost is examined then, too: a document that is remembered has passed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from graphql_api.access.demands import Demands, demands_of
from graphql_api.plans import Plan, plan_of
from graphql_api.strawberry_inside import INPUT_RULES, reads_only, type_by_class

from .hardening.limits import DocumentLimits
from .hardening.refused import DocumentRefused
from .hardening.tokens import examine_text, too_many_tokens
from .hardening.verdict import examine

LONGEST_REMEMBERED = 5_000
"""Characters: longer documents are not remembered, so that strangers cannot fill the memory."""
RULES = (*specified_rules, *INPUT_RULES)


@dataclass(frozen=True)
class ReadDocument:
    """A document that was parsed, and what validation says of it. Without a document the errors
    say why it could not be parsed, or which limit it exceeds."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    demands: Mapping[str | None, Demands] = field(default_factory=dict[str | None, Demands])
    """What each operation of a valid document asks access to (R40), by its name."""
    plans: dict[str | None, Plan | None] = field(default_factory=dict[str | None, Plan | None])
    """Of the operations that were asked for again, by their name; None where there is none."""
    asked: set[str | None] = field(default_factory=set[str | None])
    """The names of the operations that were asked for."""

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of that name, or the only one; None when that is not clear."""
        definitions = self.document.definitions if self.document else ()
        operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
        if name:
            operations = [each for each in operations if each.name and each.name.value == name]
        return operations[0] if len(operations) == 1 else None

    def demands_of(self, operation: OperationDefinitionNode) -> Demands:
        return self.demands[_name(operation)]

    def plan_of(self, schema: GraphQLSchema, operation: OperationDefinitionNode) -> Plan | None:
        """Of an operation of a valid document; None where there is none, and the first time:
        strangers' documents come once."""
        name = _name(operation)
        if name not in self.plans and name in self.asked and self.document:
            self.plans[name] = plan_of(schema, self.document, operation, reads_only, type_by_class)
        self.asked.add(name)
        return self.plans.get(name)


def _name(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None


class Documents:
    """The documents that one schema has read, least recently used forgotten first. Those that make
    no sense are not kept, nor are long ones."""

    def __init__(self, maxsize: int, limits: DocumentLimits | None = None) -> None:
        self._limits = limits or DocumentLimits()
        self._maxsize = maxsize
        self._kept: OrderedDict[str, ReadDocument] = OrderedDict()

    def remembers(self, text: str) -> bool:
        """Whether reading it costs next to nothing."""
        return text in self._kept

    def read(self, schema: GraphQLSchema, text: str) -> ReadDocument:
        """The document behind a text, whether it makes sense or not."""
        found = self._kept.get(text)
        if found is not None:
            self._kept.move_to_end(text)
            return found
        read = read_document(schema, text, self._limits)
        if not read.errors and len(text) <= LONGEST_REMEMBERED:
            self._kept[text] = read
            if len(self._kept) > self._maxsize:
                self._kept.popitem(last=False)
        return read


def read_document(schema: GraphQLSchema, text: str, limits: DocumentLimits) -> ReadDocument:
    """The document behind a text, read again."""
    try:
        examine_text(text, limits)
        document = _parse(text, limits)
        examine(schema, document, limits)
    except (GraphQLSyntaxError, DocumentRefused) as error:
        return ReadDocument(None, (error,))
    errors = validate(schema, document, RULES, max_errors=limits.errors, hide_suggestions=True)
    return ReadDocument(document, tuple(errors), {} if errors else demands_of(schema, document))


def _parse(text: str, limits: DocumentLimits) -> DocumentNode:
    try:
        return parse(text, max_tokens=limits.tokens)
    except GraphQLSyntaxError as error:
        if " tokens. Parsing aborted" in error.message:
            raise too_many_tokens(limits) from None
        raise
