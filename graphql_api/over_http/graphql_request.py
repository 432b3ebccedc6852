"""What is asked: from a JSON body, or from the parameters of a URL. All else is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import Scope

from .head import Head
from .refusal import Refusal
from .strict_json import NotJson, read_json

_STRING = (str, type(None))
_OBJECT = (dict, type(None))
_PARTS = {
    "query": _STRING,
    "operationName": _STRING,
    "variables": _OBJECT,
    "extensions": _OBJECT,
    "documentId": _STRING,
}
LONGEST_URL = 16_384
"""Bytes of its parameters. Proxies let less pass; who has more to say uses POST."""
MOST_PARAMETERS = 20
_CHARSETS = {"", "utf-8", "utf8"}
_USUAL = b"application/json"


@dataclass(frozen=True)
class GraphQLRequest:
    """One operation that is asked for: by its text, by its document's id, or by both."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    document_id: str | None


def read_request(scope: Scope, head: Head, body: bytes) -> GraphQLRequest:
    """The request of a GET or a POST. Raises `Refusal`."""
    if scope["method"] == "GET":
        return _request_of(_from_url(scope["query_string"]))
    _check_content(head)
    try:
        return _request_of(read_json(body))
    except NotJson as refusal:
        raise Refusal(400, f"The body {refusal}.") from None


def _check_content(head: Head) -> None:
    """JSON only, once, in UTF-8 and as it is. A page of another site can send a form or plain text
    unasked; it cannot send this type without asking first (CORS), and it is told no."""
    kinds = head.all(b"content-type")
    if len(kinds) != 1 or kinds[0] != _USUAL:
        kind, _, parameters = (kinds[0].decode("latin-1") if len(kinds) == 1 else "").partition(";")
        if kind.strip().lower() != "application/json":
            raise Refusal(415, "Send application/json.")
        if _charset(parameters) not in _CHARSETS:
            raise Refusal(415, "Send UTF-8.")
    if (head.first(b"content-encoding") or "identity").strip().lower() != "identity":
        raise Refusal(415, "Send the body as it is, without a content coding.")


def _charset(parameters: str) -> str:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip(' \t"').lower()
    return ""


def _from_url(query_string: bytes) -> dict[str, Any]:
    if len(query_string) > LONGEST_URL:
        raise Refusal(414, f"The URL is longer than {LONGEST_URL} bytes.", "URL_TOO_LONG")
    found: dict[str, Any] = {}
    for name, text in _parameters(query_string):
        if name in found:
            raise Refusal(400, "A parameter of the URL stands there twice.")
        if name in _PARTS:
            found[name] = text
    for name in ("variables", "extensions"):
        if name in found:
            found[name] = _json_parameter(name, found[name])
    return found


def _parameters(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MOST_PARAMETERS,
        )
    except ValueError:
        reason = f"The URL is not UTF-8, or has more than {MOST_PARAMETERS} parameters."
        raise Refusal(400, reason) from None


def _json_parameter(name: str, text: str) -> Any:
    try:
        return read_json(text.encode())
    except NotJson as refusal:
        raise Refusal(400, f"`{name}` {refusal}.") from None


def _request_of(body: object) -> GraphQLRequest:
    if isinstance(body, list):
        raise Refusal(400, "Batches are not taken: send one operation as a JSON object.")
    if not isinstance(body, dict):
        raise Refusal(400, "The body must be a JSON object.")
    for part, kinds in _PARTS.items():
        if not isinstance(body.get(part), kinds):
            raise Refusal(400, f"`{part}` has the wrong type.")
    query, document_id = body.get("query") or "", _document_id(body)
    if not query.strip() and not document_id:
        raise Refusal(400, "There is no `query`: POST it as JSON, or GET it as `?query=`.")
    return GraphQLRequest(query, body.get("variables"), body.get("operationName"), document_id)


def _document_id(body: dict[str, Any]) -> str | None:
    """By `documentId` (the draft of GraphQL over HTTP) or in Apollo's form."""
    if body.get("documentId"):
        return body["documentId"]
    persisted = (body.get("extensions") or {}).get("persistedQuery")
    if persisted is None:
        return None
    digest = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if not isinstance(digest, str) or not digest:
        raise Refusal(400, "`extensions.persistedQuery` has no `sha256Hash`.")
    return digest
