"""The endpoint: POST with JSON, GET for queries without secrets. No forms, no batches, no IDE."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import structlog
from graphql import ExecutionResult
from starlette.types import Scope
from strawberry.types.graphql import OperationType

from core.errors import TooManyRequests
from graphql_api.access.caller import ANONYMOUS, CALLER, partner_of
from graphql_api.access.demands import SecretInUrl
from graphql_api.access.limits import READING
from graphql_api.documents.reading import ReadDocument
from graphql_api.documents.trusted import DocumentNotServed, TrustedDocuments
from graphql_api.schema.call import CONTEXT_KEY, Call, Gateway
from graphql_api.schema.executable import ForbiddenOperation, GatewaySchema, UnclearOperation
from graphql_api.strawberry_inside import executable

from .answer import Answer
from .graphql_request import GraphQLRequest, read_request
from .head import Head
from .headers import CORRELATION_ID
from .media_types import GRAPHQL, content_type, negotiate
from .presentation import known_names, present
from .refusal import Refusal, busy
from .upgrades import refuse_upgrade

ALLOWED = {"GET": frozenset({OperationType.QUERY}), "POST": frozenset(OperationType)}
"""What each method may ask for. That there is no subscription, validation says."""
METHODS = ", ".join(ALLOWED)
_log = structlog.stdlib.get_logger("reassort.gateway")


class GraphQLEndpoint:
    """Answers what is asked of one schema."""

    def __init__(
        self,
        schema: GatewaySchema,
        gateway: Gateway,
        trusted: TrustedDocuments | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """`trusted`: documents that may be asked for by their id; without them none can be.
        `is_stopped`: whether this process may change nothing now."""
        self._is_stopped = is_stopped
        self._schema = schema
        self._gateway = gateway
        self._trusted = trusted
        self._names = known_names(executable(schema))

    def document_use(self) -> Mapping[tuple[str, str], int]:
        """How often each trusted document was used, by its id and the partner whose it is."""
        return self._trusted.use.counts() if self._trusted is not None else {}

    async def answer(self, scope: Scope, head: Head, body: bytes) -> Answer:
        """The answer to one request, whose caller is in the scope. Raises `Refusal`."""
        refuse_upgrade(head)
        if scope["method"] not in ALLOWED:
            raise Refusal(405, "Use GET or POST.", headers={"allow": METHODS})
        asked = read_request(scope, head, body)
        media_type = negotiate(head.accept)
        if media_type is None:
            raise Refusal(406, f"Accept application/json or {GRAPHQL}.", "NOT_ACCEPTABLE")
        call = self._call(scope)
        document = await self._document(scope, asked, call)
        result = await self._run(scope["method"], document, asked, call)
        return self._respond(result, media_type, scope.get(CORRELATION_ID, ""))

    async def _document(self, scope: Scope, asked: GraphQLRequest, call: Call) -> ReadDocument:
        """Raises `Refusal` for a document that is not known, or not trusted, and when a caller has
        had too many new ones read: reading one costs more than most answers."""
        if self._trusted is not None:
            found = self._choose(self._trusted, scope, asked)
            if found is not None:
                return found
        elif not asked.query:
            reason = "Documents cannot be asked for by their id here."
            raise Refusal(400, reason, "PERSISTED_QUERY_NOT_SUPPORTED")
        if not self._schema.remembers(asked.query):
            await _count_reading(call)
        return self._schema.read(asked.query)

    def _choose(
        self, trusted: TrustedDocuments, scope: Scope, asked: GraphQLRequest
    ) -> ReadDocument | None:
        try:
            return trusted.choose(asked.query, asked.document_id, partner_of(scope))
        except DocumentNotServed as refusal:
            raise Refusal(400, str(refusal), refusal.code) from None

    async def _run(
        self, method: str, document: ReadDocument, asked: GraphQLRequest, call: Call
    ) -> ExecutionResult:
        allowed = ALLOWED[method]
        if stopped := self._is_stopped():
            allowed &= ALLOWED["GET"]
        context = {CONTEXT_KEY: call}
        try:
            return await self._schema.run(
                document, asked.variables, asked.operation_name, context, allowed
            )
        except ForbiddenOperation as forbidden:
            if stopped and method == "POST":
                raise busy() from None
            reason = f"A {forbidden} is not taken by {method}."
            raise Refusal(405, reason, headers={"allow": "POST"}) from None
        except SecretInUrl as secret:
            raise Refusal(405, str(secret), secret.code, {"allow": "POST"}) from None
        except UnclearOperation:
            raise Refusal(400, "Name one operation of the document.") from None

    def _call(self, scope: Scope) -> Call:
        peer = scope.get("client")
        client = peer[0] if peer else "unknown"
        caller = scope.get(CALLER, ANONYMOUS)
        return self._gateway.call(client, caller, from_url=scope["method"] == "GET")

    def _respond(self, result: ExecutionResult, media_type: str, correlation_id: str) -> Answer:
        answer: dict[str, Any] = {}
        if result.errors:
            answer["errors"] = [
                present(error, correlation_id, self._names) for error in result.errors
            ]
            codes = [error["extensions"]["code"] for error in answer["errors"]]
            _log.info("graphql_errors", codes=codes)
        was_run = not _is_request_error(result)
        if was_run:
            answer["data"] = result.data
        status = 200 if was_run or media_type != GRAPHQL else 400
        return Answer(status, orjson.dumps(answer), content_type(media_type).encode())


async def _count_reading(call: Call) -> None:
    try:
        await call.count(READING)
    except TooManyRequests as refusal:
        reason = "Too many different documents; ask for the same ones with other variables."
        raise Refusal(429, reason, refusal.code, retry_after=refusal.retry_after) from None


def _is_request_error(result: ExecutionResult) -> bool:
    """Whether nothing was run: errors of fields have a path, errors of the request have none."""
    errors = result.errors or []
    return result.data is None and bool(errors) and all(each.path is None for each in errors)
