"""Which media type the caller reads: the `Accept` header (RFC 9110, 12.5.1)."""

from __future__ import annotations

from functools import lru_cache

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
_MATCHES = {
    GRAPHQL: (GRAPHQL,),
    JSON: (JSON, "application/*", "*/*"),
}
"""Best first: between equals the newer type wins. Wildcards stand for `application/json`, as
GraphQL over HTTP has it for callers of old."""
_MOST = 32
"""Ranges that are looked at."""
_LONGEST_REMEMBERED = 200
"""Characters: browsers and libraries send the same few headers over and over."""


def negotiate(accept: str | None) -> str | None:
    """The media type of the answer; None when the caller reads neither. No header accepts JSON."""
    if accept is None or not accept.strip():
        return JSON
    return _remembered(accept) if len(accept) <= _LONGEST_REMEMBERED else _negotiate(accept)


def _negotiate(accept: str) -> str | None:
    weights = _weights(accept)
    best, chosen = 0.0, None
    for media_type, ranges in _MATCHES.items():
        weight = next((weights[each] for each in ranges if each in weights), 0.0)
        if weight > best:
            best, chosen = weight, media_type
    return chosen


_remembered = lru_cache(256)(_negotiate)


def prefers_html(accept: str | None) -> bool:
    """Whether HTML is read, and no JSON is named before it: as browsers ask for what they show."""
    if accept is None or "html" not in accept.lower():
        return False
    weights = _weights(accept)
    html = max(weights.get("text/html", 0.0), weights.get("application/xhtml+xml", 0.0))
    return html > 0 and html >= max(weights.get(each, 0.0) for each in (GRAPHQL, JSON))


def content_type(media_type: str) -> str:
    """With its charset: everything here is UTF-8."""
    return f"{media_type}; charset=utf-8"


def _weights(accept: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accept.split(",", _MOST)[:_MOST]:
        media_range, *parameters = (each.strip().lower() for each in part.split(";"))
        weights.setdefault(media_range, _quality(parameters))
    return weights


def _quality(parameters: list[str]) -> float:
    """The weight of a range, 1 unless said otherwise, 0 for one that makes no sense."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            return 0.0
        if name.strip() == "q":
            try:
                return min(max(float(value[:8]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
