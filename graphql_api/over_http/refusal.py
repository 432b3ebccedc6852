"""What is no request, or none that is taken here: answered in JSON, as a list of one error."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from core.locale import Locale
from graphql_api.schema.errors import RETRY_AFTER
from graphql_api.schema.messages import say

from .headers import CORRELATION_ID, HEADERS
from .media_types import JSON, content_type, negotiate


class Refusal(Exception):
    """A request that is answered by its status. `reason` holds nothing that the caller sent."""

    def __init__(
        self,
        status: int,
        reason: str,
        code: str = "BAD_REQUEST",
        headers: Mapping[str, str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        """`retry_after`: seconds, told in the header and, as clients of GraphQL and routers hand
        on no header, in the error's `extensions`."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.code = code
        wait = {} if retry_after is None else {"retry-after": str(retry_after)}
        self.headers = wait | dict(headers or {})
        self.told = {} if retry_after is None else {"retryAfter": retry_after}


def refused(refusal: Refusal, scope: Scope | None) -> Response:
    """The answer to the request of `scope`, in the media type that its caller reads, else in
    `application/json`; with the correlation id, where the request has one."""
    extensions: dict[str, Any] = {"code": refusal.code, **refusal.told}
    if scope is not None and CORRELATION_ID in scope:
        extensions["correlationId"] = scope[CORRELATION_ID]
    error = {"message": refusal.reason, "extensions": extensions}
    accept = None if scope is None else accept_of(Headers(scope=scope))
    return errors_response([error], refusal.status, accept, refusal.headers)


def errors_response(
    errors: list[dict[str, Any]],
    status: int,
    accept: str | None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer of nothing but errors."""
    media_type = content_type(negotiate(accept) or JSON)
    sent = {**HEADERS, **(headers or {}), "content-type": media_type}
    return Response(orjson.dumps({"errors": errors}), status, sent)


def as_bytes(refusal: Refusal) -> bytes:
    """The whole answer, for connections on which no request was made out."""
    answer = refused(refusal, None)
    reason = HTTPStatus(refusal.status).phrase
    lines = [f"{name}: {value}" for name, value in answer.headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {refusal.status} {reason}", *lines, "", ""])
    return head.encode("latin-1") + bytes(answer.body)


def accept_of(headers: Headers) -> str | None:
    """The `Accept` header; several of them count as one list (RFC 9110, 5.3)."""
    return ", ".join(headers.getlist("accept")) or None


def busy(**headers: str) -> Refusal:
    """Nothing was consumed, and the caller is told when to come again."""
    code = "TEMPORARILY_UNAVAILABLE"
    message = say(code, Locale.EN, retry_after=RETRY_AFTER)
    return Refusal(503, message, code, headers, RETRY_AFTER)
