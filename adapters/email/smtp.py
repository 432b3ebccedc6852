"""E-mail through an SMTP relay, over connections that are kept open.

The relay signs (DKIM) and publishes (SPF, DMARC): this adapter hands over finished bytes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import aiosmtplib

from core.errors import MessageDeferred, MessageRefused
from core.messages import Acceptance, EmailMessage

from .envelope import BounceAddress, Envelope, lacking
from .mailbox import UnwritableAddress
from .renderer import EmailRenderer, RenderedEmail
from .smtp_answers import failure
from .smtp_connections import SmtpConnections, SmtpSettings
from .smtp_conversation import ContentLost, conversation

ROUTE = "smtp"
_QUEUED = (
    re.compile(r"\b(?:queued as|id=)\s*<?([\w.@-]{1,100})", re.IGNORECASE),
    re.compile(r"([\w.-]{1,100}):? message accepted for delivery", re.IGNORECASE),
)
"""How Postfix ("Ok: queued as 4XyZ"), Exim ("OK id=1rAbC-..."), OpenSMTPD and Sendmail ("5f0c81d2
Message accepted for delivery") name it."""


class SmtpEmail:
    """`core.ports.email.Email` over SMTP. Close it with `aclose`."""

    def __init__(self, renderer: EmailRenderer, settings: SmtpSettings) -> None:
        self._renderer = renderer
        self._bounces_to = BounceAddress(settings.bounce_address, settings.bounce_template)
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

    async def check(self) -> None:
        """Connect, protect and log in, as for an e-mail. Raises `MessageDeferred`."""
        await self.lacking()

    async def lacking(self) -> Sequence[str]:
        """What the relay does not offer, and what follows. Raises `MessageDeferred`."""
        found = await self._offered()
        if isinstance(found, Exception):
            raise MessageDeferred(str(found))
        return found

    async def _offered(self) -> Sequence[str] | Exception:
        try:
            async with asyncio.timeout(self._deadline), self._connections.use() as relay:
                await relay.noop()
                return await lacking(relay)
        except (aiosmtplib.SMTPException, OSError) as error:
            return failure(error, "")

    async def aclose(self) -> None:
        """Take leave of the relay."""
        await self._connections.aclose()

    async def _try(self, written: RenderedEmail) -> Acceptance | MessageDeferred | MessageRefused:
        """Failures come back as values: the library's own name the address, and must not be kept
        as the context of ours."""
        sender = self._bounces_to.of(written.sending)
        envelope = Envelope(sender, written.recipient, written.sending)
        try:
            async with asyncio.timeout(self._deadline) as limit, self._connections.use() as relay:
                answer = await self._hand_over(relay, envelope, written.content, limit)
        except (aiosmtplib.SMTPException, OSError) as error:
            return failure(error, written.recipient.address)
        except MessageRefused as refusal:
            return refusal
        queued = [found[1] for each in _QUEUED if (found := each.search(answer.message))]
        return Acceptance(ROUTE, queued[0] if queued else None)

    def _left(self, limit: asyncio.Timeout) -> float:
        """Seconds for the relay's answer to the content. With less left than for a step, nothing is
        handed over: the relay would take the e-mail, and we would send it again."""
        left = (limit.when() or 0.0) - asyncio.get_running_loop().time()
        if left < self._step:
            raise TimeoutError
        return left

    async def _hand_over(
        self, relay: aiosmtplib.SMTP, envelope: Envelope, content: bytes, limit: asyncio.Timeout
    ) -> aiosmtplib.SMTPResponse:
        """A kept connection that the relay has closed meanwhile is opened again: nothing has been
        handed over yet."""
        try:
            return await self._say(relay, envelope, content, limit)
        except ContentLost:
            raise
        except aiosmtplib.SMTPServerDisconnected:
            pass
        except aiosmtplib.SMTPSenderRefused as refusal:
            if refusal.code != aiosmtplib.SMTPStatus.domain_unavailable:
                raise
        relay.close()
        await self._connections.open(relay)
        return await self._say(relay, envelope, content, limit)

    async def _say(
        self, relay: aiosmtplib.SMTP, envelope: Envelope, content: bytes, limit: asyncio.Timeout
    ) -> aiosmtplib.SMTPResponse:
        commands = await envelope.commands(relay)
        with conversation(relay) as spoken:
            await spoken.envelope(commands, self._step, lambda: self._left(limit))
            return await spoken.content(content, self._left(limit))
