"""What a host's schema needs where ours is merged into it: limits on documents, and errors that
give nothing away (R37, R38).

Documents are read by our reader, once: anyone who merges our types gets its memory as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLError
from strawberry.extensions import SchemaExtension

from graphql_api.access.caller import STRANGER
from graphql_api.access.demands import Demands, SecretInUrl
from graphql_api.access.rule import CLOSED
from graphql_api.documents.hardening.limits import DocumentLimits
from graphql_api.documents.reading import RULES, Documents, ReadDocument
from graphql_api.over_http.presentation import known_names, present
from graphql_api.schema.call import CONTEXT_KEY, Call
from graphql_api.strawberry_inside import executable

CORRELATION_KEY = "reassort_correlation_id"
"""Where a host's GraphQL context holds the request's correlation id."""

__all__ = ["DocumentLimits", "Protections", "entry", "protections"]


def protections(limits: DocumentLimits | None = None, documents: int = 512) -> Protections:
    """For the `extensions` of a host's schema, one for each schema. `documents` is how many
    different ones are remembered."""
    return Protections(Documents(documents, limits))


@dataclass
class Protections:
    """Makes the extension of one operation; Strawberry calls it as it would a class."""

    documents: Documents
    names: frozenset[str] = field(default_factory=frozenset, repr=False)

    def __call__(self) -> Protection:
        return Protection(self)

    def names_of(self, schema: Any) -> frozenset[str]:
        """What messages may quote."""
        if not self.names:
            self.names = known_names(schema)
        return self.names


class Protection(SchemaExtension):
    """Guards one operation."""

    def __init__(self, protections: Protections) -> None:
        self._protections = protections

    def on_operation(self) -> Iterator[None]:
        """Raises `GraphQLError` for a document that exceeds a limit."""
        context = self.execution_context
        if context.query:
            read = self._protections.documents.read(executable(context.schema), context.query)
            if read.document is None:
                raise self._presented(read.errors[0])
            context.graphql_document = read.document
            context.pre_execution_errors = self._refusals(read) or None
        yield
        if context.result is not None and context.result.errors:
            context.result.errors = [self._shown(each) for each in context.result.errors]

    def _refusals(self, read: ReadDocument) -> list[GraphQLError]:
        """What is wrong with a document, or who may not have what it asks for (R40). Fields that
        declare no access are the host's, and so is what is to be asked of their callers."""
        context = self.execution_context
        operation = read.operation(context.operation_name)
        if read.errors or operation is None:
            return list(read.errors)
        paths = read.demands_of(operation).paths
        ours = Demands({rule: path for rule, path in paths.items() if rule != CLOSED})
        call: Call | None = entry(context.context, CONTEXT_KEY)
        if ours.hold_a_secret and call is not None and call.from_url:
            return [_not_by_get(context.context)]
        return ours.refusals(call.caller if call else STRANGER)

    def on_validate(self) -> Iterator[None]:
        """The usual rules have been applied; a host's own are left."""
        context = self.execution_context
        own = [rule for rule in context.validation_rules if rule not in RULES]
        context.validation_rules = tuple(own)
        yield

    def _shown(self, error: GraphQLError) -> GraphQLError:
        """A host's own refusals, which are GraphQL errors that a resolver has raised, stay."""
        return error if error.path and _is_meant(error) else self._presented(error)

    def _presented(self, error: GraphQLError) -> GraphQLError:
        names = self._protections.names_of(executable(self.execution_context.schema))
        shown = present(error, entry(self.execution_context.context, CORRELATION_KEY, ""), names)
        place: dict[str, Any] = {"nodes": error.nodes, "path": error.path}
        if not error.nodes:
            place |= {"source": error.source, "positions": error.positions}
        return GraphQLError(shown["message"], extensions=shown["extensions"], **place)


def _is_meant(error: GraphQLError) -> bool:
    """Whether someone has worded this error for the caller."""
    cause: BaseException | None = error
    while isinstance(cause, GraphQLError):
        if cause.original_error is None:
            return True
        cause = cause.original_error
    return False


def _not_by_get(context: Any) -> GraphQLError:
    """The status is set where the host's context has Strawberry's `response`."""
    response = entry(context, "response")
    if response is not None:
        response.status_code = 405
        response.headers["allow"] = "POST"
    secret = SecretInUrl()
    return GraphQLError(str(secret), original_error=secret)


def entry(context: Any, name: str, default: Any = None) -> Any:
    """An entry of a host's context, which is a mapping or an object."""
    if isinstance(context, dict):
        return context.get(name, default)
    return getattr(context, name, default)
