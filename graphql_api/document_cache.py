"""A cache that holds, for a document's text, its parsed form and its validation errors.

Parsing and validating cost more than everything else in an operation together (measured: 93 % of
a Strawberry mutation), and partners send the same few documents over and over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, specified_rules, validate
from strawberry.extensions import SchemaExtension
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

LONGEST_REMEMBERED = 20_000
"""Characters: longer documents are not remembered, so that strangers cannot fill the memory."""
MOST_TOKENS = 2_000
"""Validation compares fields with each other: without this, 64 KiB of them take seconds (R38)."""
RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


@dataclass(frozen=True)
class ReadDocument:
    """A document that was parsed, and what validation says of it."""

    document: DocumentNode
    errors: tuple[GraphQLError, ...]


class Documents:
    """The documents that one schema has read, least recently used forgotten first."""

    def __init__(self, maxsize: int) -> None:
        self._remembered = lru_cache(maxsize)(_read)

    def read(self, schema: GraphQLSchema, text: str) -> ReadDocument:
        """Raises `GraphQLSyntaxError`."""
        read = self._remembered if len(text) <= LONGEST_REMEMBERED else _read
        return read(schema, text)


class DocumentCache(SchemaExtension):
    """Stands in for parsing and validation; one an operation, the memory is the schema's."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._errors: tuple[GraphQLError, ...] = ()

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        if context.query:
            read = self._documents.read(context.schema._schema, context.query)
            context.graphql_document, self._errors = read.document, read.errors
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = list(self._errors)
        yield


def _read(schema: GraphQLSchema, text: str) -> ReadDocument:
    document = parse(text, max_tokens=MOST_TOKENS)
    return ReadDocument(document, tuple(validate(schema, document, RULES, hide_suggestions=True)))
