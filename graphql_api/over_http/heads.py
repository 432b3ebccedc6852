"""What is answered on a connection whose bytes make no request; then it ends."""

from __future__ import annotations

from .refusal import Refusal

_LAST = {"connection": "close"}

NOT_HTTP = Refusal(400, "This is no HTTP request.", "BAD_REQUEST", _LAST)
TOO_LARGE = Refusal(431, "The request's head is too large.", "HEAD_TOO_LARGE", _LAST)
TOO_SLOW = Refusal(408, "The request's head did not arrive in time.", "HEAD_TOO_SLOW", _LAST)
