"""The executable schema: types, mutations, queries, and how an operation is run.

Strawberry builds the schema and its resolvers. Documents are read by `documents`, once, and run by
graphql-core directly: Strawberry's own way of running them makes extension, middleware and context
objects for each operation, which nothing here uses. Accepting a request took 0.73 ms of CPU with
them and 0.66 without, in two runs.
"""

from __future__ import annotations

from collections.abc import Collection
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, execute, print_schema
from strawberry.schema.schema import Schema
from strawberry.types.graphql import OperationType

from graphql_api.access.demands import SecretInUrl
from graphql_api.documents.hardening.limits import DocumentLimits
from graphql_api.documents.hardening.measure import unweighed
from graphql_api.documents.reading import Documents, ReadDocument, read_document
from graphql_api.plans import run
from graphql_api.strawberry_inside import executable, optimized_is_awaitable

from . import problems
from .call import call_of
from .direct_resolvers import resolve_directly
from .mutations import Mutation
from .operators import OperatorsMutation, OperatorsQuery
from .queries import Query
from .scalars import config


class ForbiddenOperation(Exception):
    """An operation of a kind that this way of calling does not take: a mutation by GET."""


class UnclearOperation(Exception):
    """The document holds no operation of that name, or several and none was named."""


class UnweighedField(Exception):
    """A field of ours says nothing of what it costs: the text names it. Without a weight it would
    count as a plain value, whatever it does (R38)."""


class GatewaySchema(Schema):
    """Strawberry's schema with a memory for documents."""

    def remember(self, documents: int, limits: DocumentLimits) -> GatewaySchema:
        """Set how many documents are remembered, and what each may be. Raises `UnweighedField`."""
        if missing := unweighed(executable(self)):
            raise UnweighedField(", ".join(missing))
        resolve_directly(self)
        self.limits = limits
        self._documents = Documents(documents, limits)
        return self

    def read(self, text: str) -> ReadDocument:
        """The document behind a text, whether it makes sense or not."""
        return self._documents.read(executable(self), text)

    def remembers(self, text: str) -> bool:
        """Whether this document was read before."""
        return self._documents.remembers(text)

    def read_anew(self, text: str) -> ReadDocument:
        """The same for one that is kept elsewhere."""
        return read_document(executable(self), text, self.limits)

    async def run(
        self,
        read: ReadDocument,
        variables: dict[str, Any] | None,
        operation_name: str | None,
        context: Any,
        allowed: Collection[OperationType],
    ) -> ExecutionResult:
        """Run one operation of a document that was read; errors come back in the result, unlogged,
        for their texts may quote values. Raises `ForbiddenOperation`, `UnclearOperation`,
        `SecretInUrl`."""
        if read.document is None:
            return ExecutionResult(None, list(read.errors))
        operation = read.operation(operation_name)
        if operation is None:
            raise UnclearOperation
        if OperationType(operation.operation.value) not in allowed:
            raise ForbiddenOperation(operation.operation.value)
        if read.errors:
            return ExecutionResult(None, list(read.errors))
        demands, call = read.demands_of(operation), call_of(context)
        if call.from_url and demands.hold_a_secret:
            raise SecretInUrl
        if refusals := demands.refusals(call.caller):
            return ExecutionResult(None, refusals)
        plan = read.plan_of(executable(self), operation)
        if plan is not None:
            result = run(plan, variables, context, optimized_is_awaitable)
        else:
            result = execute(
                executable(self),
                read.document,
                context_value=context,
                variable_values=variables,
                operation_name=operation_name,
                is_awaitable=optimized_is_awaitable,  # pyright: ignore[reportArgumentType]
                hide_suggestions=True,
            )
        return await result if isawaitable(result) else result


def build_schema(
    documents: int = 512, limits: DocumentLimits | None = None, operators: bool = False
) -> GatewaySchema:
    """A new schema; `documents` is how many different documents it remembers. `operators`: with
    the fields for the authority's own people, which no partner has to read of."""
    query, mutation = (OperatorsQuery, OperatorsMutation) if operators else (Query, Mutation)
    schema = GatewaySchema(
        query=query, mutation=mutation, types=[problems.Problem], config=config()
    )
    return schema.remember(documents, limits or DocumentLimits())


def sdl(operators: bool = False) -> str:
    """The schema as partners see it, with every description; or as operators do."""
    return print_schema(executable(build_schema(operators=operators))) + "\n"
