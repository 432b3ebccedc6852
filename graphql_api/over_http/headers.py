"""What an answer has besides its content: headers that keep it private and inert, and the id by
which it is found again."""

from __future__ import annotations

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
"""On every answer; one that says otherwise for itself keeps its own."""
CORRELATION_ID = "reassort.correlation_id"
"""Where a scope has the id under which the log has everything about a request."""
