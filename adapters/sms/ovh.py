"""SMS through OVHcloud's API: `POST /sms/{serviceName}/jobs`, signed.

The interface knows no client reference, so a retry may send the SMS twice: with the same password.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

import httpx

from core.errors import MessageDeferred, MessageRefused
from core.messages import Acceptance, PasswordSms
from core.ports.clock import Clock

from ..connections.http import plain_url
from .senders import SenderIds
from .text import SmsText

EUROPE = "https://eu.api.ovh.com/1.0"

_DEFERRED_CODES = {
    "INVALID_SIGNATURE": "signature refused",
    "INVALID_KEY": "application key refused",
    "INVALID_CREDENTIAL": "consumer key refused",
    "NOT_CREDENTIAL": "consumer key refused",
    "NOT_GRANTED_CALL": "call not granted to the consumer key",
    "QUERY_TIME_OUT": "clocks differ",
    "FORBIDDEN": "account not allowed",
}
"""`errorCode` of answers that are about the settings or the account, never about the message."""
_REFUSED_STATUSES = {400: "request refused", 422: "request refused"}
"""Anything else (401, 402 no credit left, 403, 404, 409, 429, 460, 5xx) may pass later."""


@dataclass(frozen=True)
class OvhSettings:
    """One SMS account, and the keys of an application that may post its jobs."""

    service: str
    """The account's `serviceName`: "sms-ab12345-1"."""
    application_key: str
    application_secret: str = field(repr=False)
    consumer_key: str = field(repr=False)
    route: str = "ovh"
    url: str = EUROPE
    validity_minutes: int = 360

    def __post_init__(self) -> None:
        plain_url(self.url)
        if not re.fullmatch(r"[A-Za-z0-9-]+", self.service):
            raise ValueError("not the name of an SMS account")


class OvhSms:
    """`core.ports.sms.Sms` over OVHcloud. The client is the caller's to close."""

    def __init__(
        self,
        settings: OvhSettings,
        text: SmsText,
        senders: SenderIds,
        client: httpx.AsyncClient,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._jobs = f"{plain_url(settings.url)}/sms/{settings.service}/jobs"
        self._url = httpx.URL(self._jobs)
        self._text = text
        self._senders = senders
        self._client = client
        self._clock = clock
        self._ahead: int | None = None
        """Seconds by which OVHcloud's clock is ahead of ours; unknown until asked."""

    async def send(self, message: PasswordSms) -> Acceptance:
        """The reference is the id of the outgoing SMS: its receipt comes back under it."""
        body = json.dumps(self._job(message), separators=(",", ":"))
        try:
            answer = await self._client.post(
                self._url, content=body, headers=await self._signed(body)
            )
            content = answer.json() if answer.content else {}
        except httpx.TimeoutException:
            raise MessageDeferred("ovh: timeout") from None
        except httpx.HTTPError:
            raise MessageDeferred("ovh: no connection") from None
        except ValueError:
            raise MessageDeferred("ovh: unreadable answer") from None
        return self._accepted(answer.status_code, content)

    def _job(self, message: PasswordSms) -> dict[str, Any]:
        return {
            "charset": "UTF-8",
            "class": "phoneDisplay",
            "coding": "7bit",
            "message": self._text.write(message),
            "noStopClause": True,
            "priority": "high",
            "receivers": [message.to.value],
            "sender": self._senders.towards(message.to),
            "validityPeriod": self._settings.validity_minutes,
        }

    async def _signed(self, body: str) -> dict[str, str]:
        """The signature: SHA-1 of secret, consumer key, method, URL, body, time, joined by "+"."""
        if self._ahead is None:
            theirs = await self._client.get(f"{plain_url(self._settings.url)}/auth/time")
            self._ahead = int(theirs.text) - int(self._clock.now().timestamp())
        time = str(int(self._clock.now().timestamp()) + self._ahead)
        keys = self._settings
        signed = "+".join(
            (keys.application_secret, keys.consumer_key, "POST", self._jobs, body, time)
        )
        return {
            "Content-Type": "application/json; charset=utf-8",
            "X-Ovh-Application": keys.application_key,
            "X-Ovh-Consumer": keys.consumer_key,
            "X-Ovh-Timestamp": time,
            "X-Ovh-Signature": f"$1${hashlib.sha1(signed.encode()).hexdigest()}",  # noqa: S324
        }

    def _accepted(self, status: int, content: Any) -> Acceptance:
        said: dict[str, Any] = content if isinstance(content, dict) else {}
        if status == httpx.codes.OK:
            if said.get("invalidReceivers"):
                raise MessageRefused("ovh: invalid receiver")
            if ids := said.get("ids"):
                return Acceptance(self._settings.route, str(ids[0]))
            raise MessageDeferred("ovh: nothing was sent")
        self._ahead = None
        if code := _DEFERRED_CODES.get(str(said.get("errorCode"))):
            raise MessageDeferred(f"ovh: {status} {code}")
        if reason := _REFUSED_STATUSES.get(status):
            raise MessageRefused(f"ovh: {status} {reason}")
        raise MessageDeferred(f"ovh: {status}")
