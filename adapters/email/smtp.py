"""E-mail through an SMTP relay, over connections that are kept open.

The relay signs (DKIM) and publishes (SPF, DMARC): this adapter hands over finished bytes.
"""

from __future__ import annotations

import asyncio
import re

import aiosmtplib

from core.errors import MessageDeferred, MessageRefused
from core.messages import Acceptance, EmailMessage

from .mailbox import Mailbox, UnwritableAddress
from .renderer import EmailRenderer, RenderedEmail
from .smtp_answers import failure
from .smtp_connections import SmtpConnections, SmtpSettings

ROUTE = "smtp"
_QUEUED = re.compile(r"\b(?:queued as|id=)\s*<?([\w.@-]{1,100})", re.IGNORECASE)
"""How Postfix ("250 2.0.0 Ok: queued as 4XyZ") and Exim ("250 OK id=1rAbC-...") name it."""


class SmtpEmail:
    """`core.ports.email.Email` over SMTP. Close it with `aclose`."""

    def __init__(self, renderer: EmailRenderer, settings: SmtpSettings) -> None:
        self._renderer = renderer
        self._bounces_to = Mailbox.parse(settings.bounce_address).address
        self._deadline, self._step = settings.deadline, settings.command_timeout
        self._connections = SmtpConnections(settings)

    async def send(self, message: EmailMessage) -> Acceptance:
        """The reference is the relay's queue id, when its answer gives one.

        A relay that fell silent after the message was handed over may have taken it: that too is
        `MessageDeferred`, and the retry carries the same Message-ID.
        """
        try:
            written = self._renderer.render(message)
        except UnwritableAddress as problem:
            raise MessageRefused(str(problem)) from None
        outcome = await self._try(written)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def aclose(self) -> None:
        """Take leave of the relay."""
        await self._connections.aclose()

    async def _try(self, written: RenderedEmail) -> Acceptance | MessageDeferred | MessageRefused:
        """Failures come back as values: the library's own name the address, and must not be kept
        as the context of ours."""
        try:
            async with asyncio.timeout(self._deadline) as limit, self._connections.use() as relay:
                await self._address(relay, written.recipient)
                answer = await relay.data(written.content, timeout=self._left(limit))
        except (aiosmtplib.SMTPException, OSError) as error:
            return failure(error, written.recipient.address)
        except MessageRefused as refusal:
            return refusal
        queued = _QUEUED.search(answer.message)
        return Acceptance(ROUTE, queued.group(1) if queued else None)

    def _left(self, limit: asyncio.Timeout) -> float:
        """Seconds for the relay's answer to the content. With less left than for a step, nothing is
        handed over: the relay would take the e-mail, and we would send it again."""
        left = (limit.when() or 0.0) - asyncio.get_running_loop().time()
        if left < self._step:
            raise TimeoutError
        return left

    async def _address(self, relay: aiosmtplib.SMTP, recipient: Mailbox) -> None:
        """The envelope. A kept connection that the relay has closed meanwhile is opened again:
        nothing has been handed over yet."""
        try:
            await self._envelope(relay, recipient)
        except aiosmtplib.SMTPServerDisconnected:
            await self._reopened(relay, recipient)
        except aiosmtplib.SMTPSenderRefused as refusal:
            if refusal.code != aiosmtplib.SMTPStatus.domain_unavailable:
                raise
            await self._reopened(relay, recipient)

    async def _reopened(self, relay: aiosmtplib.SMTP, recipient: Mailbox) -> None:
        relay.close()
        await self._connections.open(relay)
        await self._envelope(relay, recipient)

    async def _envelope(self, relay: aiosmtplib.SMTP, recipient: Mailbox) -> None:
        if not recipient.needs_smtputf8:
            await relay.mail(self._bounces_to)
            await relay.rcpt(recipient.address)
            return
        if relay.is_ehlo_or_helo_needed:
            await relay.ehlo()
        if not relay.supports_extension("smtputf8"):
            raise MessageRefused("the relay does not take internationalised addresses (SMTPUTF8)")
        await relay.mail(self._bounces_to, options=["SMTPUTF8"], encoding="utf-8")
        await relay.rcpt(recipient.address, encoding="utf-8")
