"""Receipts of Vonage's: status webhooks of the Messages API, signed (developer.vonage.com, "Signed
webhooks" and "Messages API Status Callbacks").

A repetition within the allowed age is not looked for, by `jti` or otherwise: receipts may come any
number of times and change nothing the second time. Vonage repeats after 429 and 5xx, for 24 hours.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from core.attempt import delivery_and_number
from core.delivery import DeliveryState
from core.ports.clock import Clock
from core.receipt_refusals import ReceiptForged, ReceiptMalformed, ReceiptUnproven
from core.receipts import Receipt

from .operators import operator_code
from .vonage_errors import EXPIRED, error_code, meaning

_STATES = {
    "submitted": (DeliveryState.ACCEPTED, "submitted"),
    "delivered": (DeliveryState.DELIVERED, None),
    "rejected": (DeliveryState.FAILED, "rejected"),
    "undeliverable": (DeliveryState.FAILED, "undeliverable"),
}
_UNKNOWN = (DeliveryState.ACCEPTED, "state unknown")
"""Any other status is no proof that it failed: the time limit for receipts decides."""
_CLAIMS = ["iat", "iss", "api_key", "payload_hash"]
_UNTIMED = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": _CLAIMS}
"""PyJWT would ask the system's clock; `iat` is looked at below, by ours."""
_AHEAD = timedelta(minutes=5)
_BEHIND = timedelta(days=30)
_SHORTEST_SECRET = 32
_LONGEST_REFERENCE = 100


@dataclass(frozen=True)
class VonageReceiptSettings:
    """Of the account and the application that the SMS are sent by."""

    api_key: str
    signature_secret: str = field(repr=False)
    """32 characters or more (RFC 7518, 3.2)."""
    application_id: str
    route: str = "vonage"
    max_age: timedelta = timedelta(hours=26)
    """Of a signature: Vonage repeats for 24 hours, and does not say whether it signs again."""

    def __post_init__(self) -> None:
        if not self.api_key or len(self.signature_secret.encode()) < _SHORTEST_SECRET:
            raise ValueError("an API key, and a signature secret of 32 characters, are needed")


class VonageReceipts:
    """Reads the JSON body, once its signature is sure."""

    def __init__(self, settings: VonageReceiptSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def parse(
        self, method: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Raises `ReceiptForged`, `ReceiptMalformed`, and `ReceiptUnproven` for a webhook without a
        signature: Vonage says that it may happen, and to have it sent again by a 5xx."""
        authorization = headers.get("authorization")
        if not authorization:
            raise ReceiptUnproven("unsigned")
        self._require_signature(authorization, body)
        return self._receipt(_object(body))

    def _require_signature(self, authorization: str, body: bytes) -> None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise ReceiptForged("not a bearer token")
        try:
            claims = jwt.decode(
                token.strip(),
                self._settings.signature_secret,
                algorithms=["HS256"],
                options=_UNTIMED,  # pyright: ignore[reportArgumentType]
                issuer="Vonage",
            )
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise ReceiptForged("wrong signature") from None
        self._require_claims(claims, body)

    def _require_claims(self, claims: dict[str, Any], body: bytes) -> None:
        digest = hashlib.sha256(body).hexdigest()
        if not _same(claims["payload_hash"], digest):
            raise ReceiptForged("another body")
        if not _same(claims["api_key"], self._settings.api_key):
            raise ReceiptForged("another account")
        application = claims.get("application_id", self._settings.application_id)
        if not _same(application, self._settings.application_id):
            raise ReceiptForged("another application")
        if not self._is_recent(claims["iat"]):
            raise ReceiptForged("too old")

    def _is_recent(self, issued: Any) -> bool:
        if not isinstance(issued, int | float):
            return False
        age = int(self._clock.now().timestamp()) - issued
        return -_AHEAD.total_seconds() <= age <= self._settings.max_age.total_seconds()

    def _receipt(self, said: dict[str, Any]) -> Receipt:
        attempt, reference = _attempt(said.get("client_ref")), _text(said.get("message_uuid"))
        if said.get("channel") != "sms" or (attempt is None and reference is None):
            raise ReceiptMalformed("no SMS of ours")
        state, reason = _outcome(said)
        destination = said.get("destination")
        network = destination.get("network_code") if isinstance(destination, dict) else None
        return Receipt(
            route=self._settings.route,
            state=state,
            at=self._at(said.get("timestamp")),
            attempt=attempt,
            reference=reference,
            operator=operator_code(network),
            reason=reason,
        )

    def _at(self, timestamp: Any) -> datetime:
        """When it happened, by Vonage's clock; what cannot be is now."""
        now = self._clock.now()
        try:
            at = datetime.fromisoformat(str(timestamp)).astimezone(UTC)
        except (ValueError, OverflowError):
            return now
        return at if now - _BEHIND <= at <= now + _AHEAD else now


def _outcome(said: dict[str, Any]) -> tuple[DeliveryState, str | None]:
    code = error_code(said.get("error"))
    state, reason = _STATES.get(str(said.get("status")), _UNKNOWN)
    if state is DeliveryState.FAILED and code == EXPIRED:
        state = DeliveryState.EXPIRED
    if reason is None or code is None:
        return state, reason
    return state, f"{reason}, {meaning(code)}"


def _object(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise ReceiptMalformed("no JSON") from None
    if not isinstance(said, dict):
        raise ReceiptMalformed("no JSON object")
    return said


def _attempt(text: Any) -> str | None:
    named = _text(text)
    return named if named and delivery_and_number(named) else None


def _text(value: Any) -> str | None:
    fits = isinstance(value, str) and value.isascii() and 0 < len(value) <= _LONGEST_REFERENCE
    return value if fits else None


def _same(given: Any, wanted: str) -> bool:
    return hmac.compare_digest(str(given).encode("utf-8", "surrogatepass"), wanted.encode())
