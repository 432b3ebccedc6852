"""The documents that callers send, read once: parsed, validated, and remembered by their text.

Parsing and validating cost more than everything else in an operation together (measured: 93 % of
a Strawberry mutation), and partners send the same few documents over and over.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

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
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

LONGEST_REMEMBERED = 20_000
"""Characters: longer documents are not remembered, so that strangers cannot fill the memory."""
MOST_TOKENS = 1_000
"""Validation compares fields with each other: without this, 64 KiB of them take seconds (R38).
Twice what the longest introspection query has."""
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True)
class ReadDocument:
    """A document that was parsed, and what validation says of it. Without a document the errors
    say why it could not be parsed."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of that name, or the only one; None when that is not clear."""
        definitions = self.document.definitions if self.document else ()
        operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
        if name:
            operations = [each for each in operations if each.name and each.name.value == name]
        return operations[0] if len(operations) == 1 else None


class Documents:
    """The documents that one schema has read, least recently used forgotten first."""

    def __init__(self, maxsize: int) -> None:
        self._remembered = lru_cache(maxsize)(_read_valid)

    def read(self, schema: GraphQLSchema, text: str) -> ReadDocument:
        """The document behind a text, whether it makes sense or not."""
        if len(text) > LONGEST_REMEMBERED:
            return _read(schema, text)
        try:
            return self._remembered(schema, text)
        except _Invalid as invalid:
            return invalid.read


class _Invalid(Exception):
    """Carries a document that does not make sense past the memory, which keeps none of them."""

    def __init__(self, read: ReadDocument) -> None:
        self.read = read


def _read_valid(schema: GraphQLSchema, text: str) -> ReadDocument:
    read = _read(schema, text)
    if read.errors:
        raise _Invalid(read)
    return read


def _read(schema: GraphQLSchema, text: str) -> ReadDocument:
    try:
        document = parse(text, max_tokens=MOST_TOKENS)
    except GraphQLSyntaxError as error:
        return ReadDocument(None, (error,))
    return ReadDocument(document, tuple(validate(schema, document, RULES, hide_suggestions=True)))
