"""What is no request, or none that is taken here: answered in JSON, as a list of one error."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Scope

from core.locale import Locale
from graphql_api.schema.errors import RETRY_AFTER
from graphql_api.schema.messages import say

from .answer import Answer
from .head import Head
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
    """The answer to the request of `scope`, where Starlette answers."""
    if scope is None:
        return _response(answer_to(refusal, None, ""))
    correlation_id = scope.get(CORRELATION_ID, "")
    return _response(answer_to(refusal, Head(scope["headers"]).accept, correlation_id))


def failed(error: dict[str, Any], scope: Scope) -> Response:
    """The same for a defect, which is masked."""
    return _response(answer_of_errors([error], 500, Head(scope["headers"]).accept))


def answer_to(refusal: Refusal, accept: str | None, correlation_id: str) -> Answer:
    """In the media type that its caller reads, else in `application/json`; with the correlation
    id, where the request has one."""
    extensions: dict[str, Any] = {"code": refusal.code, **refusal.told}
    if correlation_id:
        extensions["correlationId"] = correlation_id
    error = {"message": refusal.reason, "extensions": extensions}
    return answer_of_errors([error], refusal.status, accept, refusal.headers)


def answer_of_errors(
    errors: list[dict[str, Any]],
    status: int,
    accept: str | None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An answer of nothing but errors."""
    media_type = content_type(negotiate(accept) or JSON)
    own = [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
    return Answer(status, orjson.dumps({"errors": errors}), media_type.encode(), own)


def _response(answer: Answer) -> Response:
    own = {name.decode(): value.decode("latin-1") for name, value in answer.headers}
    told = {**HEADERS, **own, "content-type": answer.content_type.decode()}
    return Response(answer.body, answer.status, told)


def as_bytes(refusal: Refusal) -> bytes:
    """The whole answer, for connections on which no request was made out."""
    answer = refused(refusal, None)
    reason = HTTPStatus(refusal.status).phrase
    lines = [f"{name}: {value}" for name, value in answer.headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {refusal.status} {reason}", *lines, "", ""])
    return head.encode("latin-1") + bytes(answer.body)


def busy(**headers: str) -> Refusal:
    """Nothing was consumed, and the caller is told when to come again."""
    code = "TEMPORARILY_UNAVAILABLE"
    message = say(code, Locale.EN, retry_after=RETRY_AFTER)
    return Refusal(503, message, code, headers, RETRY_AFTER)
