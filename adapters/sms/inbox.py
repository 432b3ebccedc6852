"""SMS kept in the inbox of the demo, written exactly as the phone would show it."""

from __future__ import annotations

from core.messages import Acceptance, PasswordSms
from core.ports.clock import Clock

from ..inbox import Inbox
from .text import SmsText


class InboxSms:
    """`core.ports.sms.Sms` without a provider."""

    def __init__(self, text: SmsText, inbox: Inbox, clock: Clock, route: str = "inbox") -> None:
        self._text = text
        self._inbox = inbox
        self._clock = clock
        self._route = route

    async def send(self, message: PasswordSms) -> Acceptance:
        """Always accepted; the reference is the delivery's own id."""
        text = self._text.write(message)
        self._inbox.add_sms(message.to.value, text, self._clock.now(), self._route)
        return Acceptance(self._route, message.id)
