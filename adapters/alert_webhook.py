"""Alerts to the operators' webhook, signed as Standard Webhooks has it (standardwebhooks.com).

`POST <url>` with a JSON object. `webhook-id` names the notice and stays the same when it comes
again, `webhook-timestamp` is the moment of this attempt in seconds, `webhook-signature` holds
`v1,` and the HMAC-SHA256 in base64 of `id.timestamp.body`, once for each secret of the list, with
spaces between: while a secret is replaced, both the old and the new one verify. Any answer of 2xx
means that the notice was taken; everything else, that it comes again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence

import httpx

from adapters.connections.guarded_http import GuardedHttp, GuardSettings, NoAnswer, secret_url
from core.errors import MessageDeferred
from core.ports.clock import Clock


def signed(secrets: Sequence[bytes], notice_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    content = f"{notice_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(secret, content, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{b64encode(each).decode('ascii')}" for each in digests)


class HttpAlertWebhook:
    """`core.ports.alert_webhook.AlertWebhook` over HTTP. The client is the host's to close."""

    def __init__(
        self,
        url: str,
        secrets: Sequence[bytes],
        client: httpx.AsyncClient,
        clock: Clock,
        guard: GuardSettings | None = None,
    ) -> None:
        """Raises `ValueError` for a URL in clear, and without a secret."""
        if not secrets:
            raise ValueError("a webhook needs a secret by which its calls are known")
        self._url, self._secrets, self._clock = secret_url(url), tuple(secrets), clock
        self._http = GuardedHttp(client, guard or GuardSettings(), clock)

    async def send(self, notice_id: str, payload: Mapping[str, object]) -> None:
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "Content-Type": "application/json",
            "webhook-id": notice_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signed(self._secrets, notice_id, timestamp, body),
        }
        try:
            answer = await self._http.send("POST", self._url, headers, body)
        except NoAnswer as failure:
            raise MessageDeferred(f"webhook: {failure}") from None
        if not answer.is_success:
            raise MessageDeferred(f"webhook: status {answer.status_code}", is_answer=True)
