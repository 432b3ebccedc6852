"""GraphQL over HTTP: strict about what comes in, JSON in whatever goes out."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from cross_web import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLHTTPResponse, GraphQLRequestData
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from graphql_api.envelope import CORRELATION_ID
from graphql_api.gateway import CONTEXT_KEY, Gateway
from graphql_api.presentation import present
from graphql_api.schema import ForbiddenOperation, GatewaySchema, UnclearOperation

_log = structlog.stdlib.get_logger("reassort.gateway")
_STRING = (str, type(None))
_OBJECT = (dict, type(None))
_PARTS = {"query": _STRING, "operationName": _STRING, "variables": _OBJECT, "extensions": _OBJECT}


class GatewayView(GraphQL[dict[str, Any], None]):
    """One endpoint: POST with JSON, GET for queries. No forms, no batches, no IDE."""

    def __init__(self, schema: GatewaySchema, gateway: Gateway) -> None:
        super().__init__(schema, graphql_ide=None, subscription_protocols=())
        self._schema = schema
        self._gateway = gateway

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self.run(request)
        except HTTPException as refusal:
            response = _refused(refusal.status_code, refusal.reason)
        await response(scope, receive, send)

    def should_render_graphql_ide(self, request: Any) -> bool:
        """Never: a browser that opens the address is told what to send, like everyone."""
        return False

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        client = request.client.host if request.client else "unknown"
        return {
            "request": request,
            "response": response,
            CONTEXT_KEY: self._gateway.call(client),
        }

    async def parse_http_body(self, request: Any) -> GraphQLRequestData:
        if request.method == "GET":
            return _request_data(self._parse_query(request))
        kind = (request.content_type or "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise HTTPException(415, "Send application/json.")
        try:
            return _request_data(orjson.loads(await request.get_body()))
        except orjson.JSONDecodeError:
            raise HTTPException(400, "The body is not JSON.") from None

    def _parse_query(self, request: Any) -> dict[str, Any]:
        try:
            return self.parse_query_params(request.query_params)
        except (ValueError, RecursionError):
            raise HTTPException(400, "`variables` and `extensions` must be JSON.") from None

    async def execute_single(
        self,
        request: Any,
        request_adapter: Any,
        sub_response: Any,
        context: dict[str, Any],
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> Any:
        allowed = OperationType.from_http(request_adapter.method)
        try:
            return await self._schema.run(
                request_data.query or "",
                request_data.variables,
                request_data.operation_name,
                context,
                allowed,
            )
        except ForbiddenOperation as forbidden:
            reason = f"A {forbidden} is not taken by {request_adapter.method}."
            raise HTTPException(405, reason) from None
        except UnclearOperation:
            raise HTTPException(400, "Name one operation of the document.") from None

    async def process_result(
        self, request: Request, result: ExecutionResult
    ) -> GraphQLHTTPResponse:
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            correlation_id = request.scope.get(CORRELATION_ID, "")
            answer["errors"] = [present(error, correlation_id) for error in result.errors]
            codes = [error["extensions"]["code"] for error in answer["errors"]]
            _log.info("graphql_errors", codes=codes)
        return answer  # pyright: ignore[reportReturnType]

    def encode_json(self, data: object) -> str:
        return orjson.dumps(data).decode()


def _request_data(body: object) -> GraphQLRequestData:
    if not isinstance(body, dict):
        raise HTTPException(400, "The body must be a JSON object; batches are not taken.")
    for part, kinds in _PARTS.items():
        if not isinstance(body.get(part), kinds):
            raise HTTPException(400, f"`{part}` has the wrong type.")
    if not (body.get("query") or "").strip():
        reason = "There is no `query`: POST it as JSON, or GET it as `?query=`."
        raise HTTPException(400, reason)
    return GraphQLRequestData(
        query=body["query"],
        variables=body.get("variables"),
        operation_name=body.get("operationName"),
        extensions=body.get("extensions"),
    )


def _refused(status: int, reason: str) -> Response:
    body = orjson.dumps({"errors": [{"message": reason, "extensions": {"code": "BAD_REQUEST"}}]})
    allowed = {"allow": "GET, POST"} if status == 405 else None
    return Response(body, status, allowed, media_type="application/json")
