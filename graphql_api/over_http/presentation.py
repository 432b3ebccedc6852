"""GraphQL errors as callers may see them, and as logs may keep them: never with a value (R20, R37).

Three kinds: a request that cannot be understood is told what is wrong with it, by path; a refusal
of the domain keeps its code; everything else is masked. Each carries the correlation id, under
which the log has the kind and place of what was masked.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import structlog
from graphql import GraphQLError, GraphQLSchema

from core.errors import DependencyFailure, DomainError, TooManyRequests
from core.locale import Locale
from graphql_api.documents.hardening.refused import DocumentRefused
from graphql_api.schema.errors import RETRY_AFTER
from graphql_api.schema.messages import say

_log = structlog.stdlib.get_logger("reassort.gateway")
_INVALID = re.compile(r"(Variable '\$\w+'|Argument '\w+') has invalid value(?: at ([\w.\[\]]+))?")
_LITERAL = re.compile(r"(?<=value): .*|, found:? .*|, did you mean .*", re.DOTALL)
"""The end of a validation message that quotes a value of the document, or suggests another."""
_SYNTAX = re.compile(r"(Syntax Error: [^'\"]*).*", re.DOTALL)
"""A syntax error up to what it quotes, which may itself hold quotation marks."""
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_WORD = re.compile(r"\w+")
_MISSING = re.compile(r"to include required field '(\w+)'")


def known_names(schema: GraphQLSchema) -> frozenset[str]:
    """Every name of the schema: what messages may quote, because the caller did not make it up."""
    found = set(schema.type_map)
    for kind in schema.type_map.values():
        members = getattr(kind, "fields", None) or getattr(kind, "values", None) or {}
        found.update(members)
        for member in members.values():
            found.update(getattr(member, "args", None) or {})
    for directive in schema.directives:
        found.update([directive.name, *directive.args])
    return frozenset(found)


def present(
    error: GraphQLError, correlation_id: str, names: Collection[str] = ()
) -> dict[str, Any]:
    """One entry of the answer's `errors`. Messages quote nothing but `names`."""
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    shown: dict[str, Any] = {"message": error.message}
    if error.locations:
        shown["locations"] = [{"line": at.line, "column": at.column} for at in error.locations]
    if error.path:
        shown["path"] = error.path
    if isinstance(error, DocumentRefused):
        shown["extensions"] = {"code": error.code}
    elif cause is None or isinstance(cause, GraphQLError):
        shown["message"], code = _without_values(error.message, names)
        shown["extensions"] = {"code": code}
    elif isinstance(cause, DomainError | DependencyFailure):
        shown["message"], shown["extensions"] = _refusal(cause)
    else:
        shown |= mask(cause, correlation_id, error.path)
    if correlation_id:
        shown["extensions"]["correlationId"] = correlation_id
    return shown


def mask(
    failure: BaseException, correlation_id: str, path: list[str | int] | None = None
) -> dict[str, Any]:
    """What is said of a defect; the log has the rest under the correlation id."""
    _log.error("unexpected_error", path=path, exc_info=failure)
    return {
        "message": f"Something went wrong. Quote {correlation_id} to the operators.",
        "extensions": {"code": "INTERNAL_ERROR", "correlationId": correlation_id},
    }


def _without_values(message: str, names: Collection[str]) -> tuple[str, str]:
    """Coercion errors quote the caller's values; only where the value stood is kept."""
    found = _INVALID.match(message)
    if not found and " invalid value" in message:
        return "Invalid value.", "INVALID_VALUE"
    if not found:
        return _without_quotes(message, names), "BAD_REQUEST"
    where = f" at {found[2]}" if found[2] else ""
    missing = _MISSING.search(message)
    what = f": the field '{missing[1]}' is required" if missing else ""
    return f"{found[1]} has an invalid value{where}{what}.", "INVALID_VARIABLES"


def _without_quotes(message: str, names: Collection[str]) -> str:
    """A message about a document, without any word of that document; the place is told beside."""
    if message.startswith("Syntax Error"):
        return _SYNTAX.sub(r"\1", message).strip().rstrip(".,:(") + "."

    def shown(quoted: re.Match[str]) -> str:
        words = _WORD.findall(quoted[0])
        return quoted[0] if words and all(each in names for each in words) else "'…'"

    return _QUOTED.sub(shown, _LITERAL.sub(".", message))


def _refusal(cause: DomainError | DependencyFailure) -> tuple[str, dict[str, Any]]:
    if isinstance(cause, TooManyRequests):
        message = say(cause.code, Locale.EN, retry_after=cause.retry_after)
        return message, {"code": cause.code, "retryAfter": cause.retry_after}
    if isinstance(cause, DomainError):
        return str(cause), {"code": cause.code}
    _log.warning("dependency_failed", dependency=cause.dependency, reason=str(cause))
    code = "TEMPORARILY_UNAVAILABLE"
    return say(code, Locale.EN, retry_after=RETRY_AFTER), {"code": code, "retryAfter": RETRY_AFTER}
