"""SMS through Kannel's `sendsms` interface (Kannel 1.4 user guide, "SMS Push").

By POST with `X-Kannel-*` headers: with GET the credentials and the password would be in the URL,
which httpx and every proxy log. Kannel itself logs the text of what it sends: give its smsbox an
`access-log-format` without `%b` and a `log-level` of 2 or more.

The interface knows no client reference, so a retry may send the SMS twice: with the same password.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from core.errors import MessageDeferred, MessageRefused
from core.messages import Acceptance, PasswordSms

from ..connections.http import plain_url
from .receipt_tags import ReceiptTags
from .senders import SenderIds
from .text import SmsText

REPORTS = 1 | 2 | 16
"""`dlr-mask`: delivered to the phone, not delivered to the phone, refused by the SMSC."""
SEVEN_BITS = "0"

_REFUSALS = {
    "Not routable": "not routable",
    "Number(s) has/have been denied": "number denied by the gateway's lists",
    "Empty receiver number": "no receiver",
    "Missing receiver": "no receiver",
    "Charset or body misformed": "text refused",
}
"""How a 4xx answer begins that is about this message. Any other (authorisation, missing sender,
misformed fields) is about the settings: mending them delivers the message, so it defers."""


@dataclass(frozen=True)
class KannelSettings:
    """One smsbox and one of its `sendsms-user` groups. The text of neither is ever logged."""

    url: str
    """Such as "http://127.0.0.1:13013/cgi-bin/sendsms"."""
    username: str
    password: str = field(repr=False)
    route: str = "kannel"
    smsc: str | None = None
    dlr_url: str | None = None
    """Where Kannel reports to, such as `dlr_url` below makes it."""
    validity_minutes: int | None = None

    def __post_init__(self) -> None:
        plain_url(self.url)
        for value in (self.username, self.password, self.smsc or "-", self.dlr_url or "-"):
            if not value or not value.isascii() or not value.isprintable() or " " in value:
                raise ValueError("Kannel's headers carry printable ASCII without spaces")


def dlr_url(receipts: str, route: str) -> str:
    """The address of the route's receipts below ours ("https://vote.example.org/receipts"). `{id}`
    and `{mac}` are filled in with each SMS: the attempt's id and what shows that it is ours. Kannel
    fills in its own %-escapes."""
    path = quote(route, safe="").replace("%", "%%")
    return f"{receipts.rstrip('/')}/{path}?id={{id}}&mac={{mac}}&status=%d&answer=%A"


class KannelSms:
    """`core.ports.sms.Sms` over Kannel. The client is the caller's to close."""

    def __init__(
        self,
        settings: KannelSettings,
        text: SmsText,
        senders: SenderIds,
        client: httpx.AsyncClient,
        tags: ReceiptTags | None = None,
    ) -> None:
        """`tags`: for a report address with `{mac}`."""
        if "{mac}" in (settings.dlr_url or "") and tags is None:
            raise ValueError("a report address with {mac} needs keys")
        self._settings = settings
        self._url = httpx.URL(settings.url)
        self._tags = tags
        self._text = text
        self._senders = senders
        self._client = client

    async def send(self, message: PasswordSms) -> Acceptance:
        """Accepted when the bearerbox has the message, be it queued. No reference: reports come
        back under the attempt's id."""
        body = self._text.write(message).encode()
        try:
            answer = await self._client.post(
                self._url, content=body, headers=self._headers(message)
            )
        except httpx.TimeoutException:
            raise MessageDeferred("kannel: timeout") from None
        except httpx.HTTPError:
            raise MessageDeferred("kannel: no connection") from None
        _require_accepted(answer)
        return Acceptance(self._settings.route)

    def _headers(self, message: PasswordSms) -> dict[str, str]:
        settings = self._settings
        headers = {
            "Content-Type": "text/plain; charset=UTF-8",
            "X-Kannel-Username": settings.username,
            "X-Kannel-Password": settings.password,
            "X-Kannel-From": self._senders.towards(message.to),
            "X-Kannel-To": message.to.value,
            "X-Kannel-Coding": SEVEN_BITS,
        }
        if settings.smsc is not None:
            headers["X-Kannel-SMSC"] = settings.smsc
        if settings.validity_minutes is not None:
            headers["X-Kannel-Validity"] = str(settings.validity_minutes)
        if settings.dlr_url is not None:
            headers["X-Kannel-DLR-Mask"] = str(REPORTS)
            headers["X-Kannel-DLR-Url"] = self._report_to(settings.dlr_url, message.id)
        return headers

    def _report_to(self, url: str, attempt: str) -> str:
        if self._tags is not None:
            url = url.replace("{mac}", self._tags.of(attempt))
        return url.replace("{id}", quote(attempt, safe="").replace("%", "%%"))


def _require_accepted(answer: httpx.Response) -> None:
    """202 "0: Accepted for delivery", "3: Queued for later delivery", or "Sent." at once."""
    if answer.status_code == httpx.codes.ACCEPTED:
        return
    if answer.is_client_error:
        for beginning, reason in _REFUSALS.items():
            if answer.text.startswith(beginning):
                raise MessageRefused(f"kannel: {answer.status_code} {reason}")
    raise MessageDeferred(f"kannel: {answer.status_code}")
