"""SMS through Vonage's Messages API: `POST /v1/messages`, with a token signed for each request.

Of the two ways to log in that are documented, the JWT (RS256) is used: the private key never leaves
this machine, and Basic authentication gets no webhooks. The interface knows no idempotency, so a
retry may send the SMS twice: with the same password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from core.errors import MessageDeferred, MessageRefused
from core.messages import Acceptance, PasswordSms
from core.ports.clock import Clock
from core.ports.randomness import Randomness

from ..connections.http import plain_url
from .senders import SenderIds
from .text import SmsText
from .vonage_errors import (
    ABOUT_THE_NUMBER,
    ABOUT_THE_SENDER,
    error_code,
    meaning,
    names,
)

EUROPE = "https://api-eu.nexmo.com"
TOKEN_LIFETIME = 300
"""Seconds. The token goes with one request; the rest is for clocks that differ."""
_SMALLEST_KEY = 2048


@dataclass(frozen=True)
class VonageSettings:
    """One application with the *Messages* capability. `ValueError` for what cannot be."""

    application_id: str
    private_key: str = field(repr=False)
    """In PEM, as the dashboard hands it out: RSA, 2048 bits or more, without a passphrase."""
    route: str = "vonage"
    url: str = EUROPE
    """The region's, in which the SMS is worked on and kept."""
    validity_minutes: int = 360

    def __post_init__(self) -> None:
        plain_url(self.url)
        UUID(self.application_id)
        _signing_key(self.private_key)
        if not 1 <= self.validity_minutes <= 7 * 24 * 60:
            raise ValueError("a validity is one minute to seven days")


class VonageSms:
    """`core.ports.sms.Sms` over Vonage. The client is the caller's to close."""

    def __init__(
        self,
        settings: VonageSettings,
        text: SmsText,
        senders: SenderIds,
        client: httpx.AsyncClient,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._settings = settings
        self._url = httpx.URL(f"{plain_url(settings.url)}/v1/messages")
        self._key = _signing_key(settings.private_key)
        self._text = text
        self._senders = senders
        self._client = client
        self._clock = clock
        self._randomness = randomness

    async def send(self, message: PasswordSms) -> Acceptance:
        """The reference is the `message_uuid`; receipts also carry the attempt's id."""
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
        try:
            answer = await self._client.post(
                self._url, json=self._request(message), headers=headers
            )
            content = answer.json() if answer.content else {}
        except httpx.TimeoutException:
            raise MessageDeferred("vonage: timeout") from None
        except httpx.HTTPError:
            raise MessageDeferred("vonage: no connection") from None
        except ValueError:  # it has a body, and that is no JSON: a proxy's
            raise MessageDeferred("vonage: unreadable answer") from None
        return self._accepted(answer.status_code, content)

    def _request(self, message: PasswordSms) -> dict[str, Any]:
        """Numbers go without their `+`. `text` is GSM 03.38, and stays one segment."""
        return {
            "message_type": "text",
            "channel": "sms",
            "to": message.to.value.removeprefix("+"),
            "from": self._senders.towards(message.to).removeprefix("+"),
            "text": self._text.write(message),
            "client_ref": message.id,
            "ttl": self._settings.validity_minutes * 60,
            "sms": {"encoding_type": "text"},
            "webhook_version": "v1",
        }

    def _token(self) -> str:
        now = int(self._clock.now().timestamp())
        claims = {
            "application_id": self._settings.application_id,
            "iat": now,
            "exp": now + TOKEN_LIFETIME,
            "jti": str(UUID(bytes=self._randomness.token(16), version=4)),
        }
        return jwt.encode(claims, self._key, algorithm="RS256")

    def _accepted(self, status: int, content: Any) -> Acceptance:
        said: dict[str, Any] = content if isinstance(content, dict) else {}
        if status == httpx.codes.ACCEPTED and isinstance(said.get("message_uuid"), str):
            return Acceptance(self._settings.route, said["message_uuid"])
        code = error_code(said)
        told = f"vonage: {status} {meaning(code)}" if code else f"vonage: {status}"
        if httpx.codes.is_client_error(status):
            if code in ABOUT_THE_NUMBER or code in ABOUT_THE_SENDER:
                raise MessageRefused(told)
            if names("to", said):
                raise MessageRefused(f"vonage: {status} number invalid")
            if names("from", said):
                raise MessageRefused(f"vonage: {status} sender ID refused")
        # 401 and 403 are about the settings, 402 about credit, 429 about load: all may pass.
        raise MessageDeferred(told)


def _signing_key(pem: str) -> RSAPrivateKey:
    """Raises `ValueError` without a word of the key."""
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, RSAPrivateKey) or key.key_size < _SMALLEST_KEY:
        raise ValueError("the private key is no RSA key in PEM of 2048 bits or more")
    return key
