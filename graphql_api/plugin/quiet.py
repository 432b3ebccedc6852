"""A host's schema that logs errors without the values that they quote.

Strawberry logs every error with its text and its cause, and these hold variables: a NUMIC, a token.
"""

from __future__ import annotations

from typing import Any

import structlog
from graphql import GraphQLError
from strawberry.schema.base import BaseSchema

_log = structlog.stdlib.get_logger("reassort.gateway")


class Quiet:
    """To be named before Strawberry's class: `class Schema(Quiet, strawberry.Schema)`."""

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Where errors are, and of what kind. `Protections` logs what it masks."""
        kinds = [type(error.original_error or error).__name__ for error in errors]
        _log.info("graphql_errors", kinds=kinds, paths=[error.path for error in errors])


def is_quiet(schema: BaseSchema) -> bool:
    """Whether this schema logs errors in a way of its own."""
    return type(schema).process_errors is not BaseSchema.process_errors
