"""What is no request, or none that is taken here: answered in JSON, as a list of one error."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from starlette.datastructures import Headers
from starlette.responses import Response

from core.locale import Locale
from graphql_api.schema.errors import RETRY_AFTER
from graphql_api.schema.messages import say

from .headers import HEADERS
from .media_types import JSON, content_type, negotiate


class Refusal(Exception):
    """A request that is answered by its status. `reason` holds nothing that the caller sent."""

    def __init__(
        self,
        status: int,
        reason: str,
        code: str = "BAD_REQUEST",
        headers: Mapping[str, str] | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        """`told`: what the error's `extensions` have beside the code."""
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.code = code
        self.headers = headers or {}
        self.told = told or {}


def refused(refusal: Refusal, accept: str | None) -> Response:
    """The answer, in the media type that the caller reads, else in `application/json`."""
    error = {"message": refusal.reason, "extensions": {"code": refusal.code, **refusal.told}}
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
    code, waiting = "TEMPORARILY_UNAVAILABLE", {"retry-after": str(RETRY_AFTER)}
    message = say(code, Locale.EN, retry_after=RETRY_AFTER)
    return Refusal(503, message, code, waiting | headers, {"retryAfter": RETRY_AFTER})
