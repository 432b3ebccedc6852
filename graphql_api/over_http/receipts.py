"""`/receipts/{route}`: where SMS providers report what became of an SMS (R30).

Answered 200 once the receipt is stored: Kannel takes nothing but 200 and 202 for a yes. Answered
503 while it cannot be stored, or this process must not go on, so that the provider sends it again.
Nothing of what was received goes into logs or answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import structlog
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from core.errors import DependencyFailure
from core.receipt_refusals import ReceiptForged, ReceiptRefused, ReceiptUnproven
from core.receipts import Receipt, TakeReceipt

LONGEST_BODY = 16_384
"""Bytes; the longest receipt known is 2 kB."""
RETRY_AFTER = 60
"""Seconds."""

_log = structlog.stdlib.get_logger("reassort.receipts")


class ReceiptParser(Protocol):
    """One route's way of writing receipts."""

    def parse(
        self, method: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """The receipt, once it is sure to be the provider's. The names of `headers` are in lower
        case. Raises `ReceiptRefused`, and nothing else whatever comes in."""
        ...


def receipt_routes(
    parsers: Mapping[str, ReceiptParser],
    take: TakeReceipt,
    is_stopped: Callable[[], bool] = lambda: False,
) -> list[Route]:
    """The routes for these parsers, by the name of the SMS route. The second form is for providers
    that add a query of their own to the address they are given: there the tag is in the path.

    `is_stopped`: whether this process may change nothing now; then nothing is read."""
    if not parsers:
        return []

    async def receive(request: Request) -> Response:
        route = request.path_params["route"]
        parser = parsers.get(route)
        if parser is None:
            return _answer(404, "UNKNOWN_ROUTE", "No receipts are taken here.")
        if is_stopped():
            return _again()
        body = await request.body()
        if len(body) > LONGEST_BODY:
            return _answer(413, "BODY_TOO_LARGE", f"The body is longer than {LONGEST_BODY} bytes.")
        try:
            receipt = parser.parse(request.method, _query(request), request.headers, body)
            await take(receipt)
        except ReceiptRefused as refusal:
            _log.info("receipt_refused", route=route, reason=refusal.reason)
            return _refused(refusal)
        except DependencyFailure as failure:
            _log.warning("receipt_not_stored", route=route, reason=failure.dependency)
            return _again()
        return JSONResponse({"status": "recorded"})

    paths = ("/receipts/{route}", "/receipts/{route}/{mac}")
    routes = [Route(path, receive, methods=["GET", "POST"]) for path in paths]
    for each in routes:  # Starlette adds it to GET; looking is not reporting
        (each.methods or set[str]()).discard("HEAD")
    return routes


def _query(request: Request) -> dict[str, str]:
    in_path = {name: request.path_params[name] for name in ("mac",) if name in request.path_params}
    return dict(request.query_params) | in_path


def _refused(refusal: ReceiptRefused) -> Response:
    if isinstance(refusal, ReceiptUnproven):
        return _again()
    if isinstance(refusal, ReceiptForged):
        answer = _answer(401, "RECEIPT_FORGED", "The receipt does not show where it comes from.")
        answer.headers["www-authenticate"] = "Bearer"
        return answer
    return _answer(400, "RECEIPT_MALFORMED", "This is no receipt of this route.")


def _again() -> Response:
    answer = _answer(503, "TEMPORARILY_UNAVAILABLE", "Send the receipt again later.")
    answer.headers["retry-after"] = str(RETRY_AFTER)
    return answer


def _answer(status: int, code: str, message: str) -> Response:
    return JSONResponse(
        {"errors": [{"message": message, "extensions": {"code": code}}]}, status_code=status
    )
