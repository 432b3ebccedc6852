"""A portal that takes passwords by signed calls, as docs/how-to/connect-credentials.md asks it."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

import httpx

URL = "https://portal.example.org/internal/passwords"
KEY_ID, KEY = "2027", bytes.fromhex("6e" * 32)


@dataclass
class Portal:
    """What it has stored, by NUMIC."""

    stored: dict[str, dict[str, Any]] = field(default_factory=dict)
    bodies: list[bytes] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """For respx."""
        if not _is_signed(request):
            return httpx.Response(401)
        self.bodies.append(request.content)
        said = json.loads(request.content)
        assert said["request_id"] == request.headers["Idempotency-Key"]
        there = self.stored.get(said["numic"])
        if there is not None and _rank(there) > _rank(said):
            return httpx.Response(409)
        self.stored[said["numic"]] = said
        return httpx.Response(201 if there is None else 204)


def _rank(said: dict[str, Any]) -> tuple[str, str]:
    return said["issued_at"], said["request_id"]


def _is_signed(request: httpx.Request) -> bool:
    given = dict(each.split("=", 1) for each in request.headers["Reassort-Signature"].split(","))
    digest = hashlib.sha256(request.content).hexdigest()
    key = request.headers["Idempotency-Key"]
    signed = "\n".join((given["t"], request.method, request.url.path, key, digest)).encode()
    wanted = hmac.digest(KEY, signed, "sha256").hex()
    return given["kid"] == KEY_ID and hmac.compare_digest(wanted, given["v1"])
