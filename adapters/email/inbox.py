"""E-mail kept in the inbox of the demo, written exactly as the relay would get it."""

from __future__ import annotations

from core.errors import MessageRefused
from core.messages import Acceptance, EmailMessage

from ..inbox import Inbox
from .mailbox import UnwritableAddress
from .renderer import EmailRenderer

ROUTE = "inbox"


class InboxEmail:
    """`core.ports.email.Email` without a relay."""

    def __init__(self, renderer: EmailRenderer, inbox: Inbox) -> None:
        self._renderer = renderer
        self._inbox = inbox

    async def send(self, message: EmailMessage) -> Acceptance:
        """Always accepted; the reference is the Message-ID."""
        try:
            written = self._renderer.render(message)
        except UnwritableAddress as problem:
            raise MessageRefused(str(problem)) from None
        self._inbox.add_email(
            message.to.value, written.subject, written.text, written.html, written.at
        )
        return Acceptance(ROUTE, written.message_id)
