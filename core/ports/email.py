"""E-mail, out."""

from typing import Protocol

from core.messages import Acceptance, EmailMessage


class Email(Protocol):
    """Writes a message out in its locale and hands it to a relay."""

    async def send(self, message: EmailMessage) -> Acceptance:
        """Returns once a relay has taken the message over.

        Sending again under the same id sends the same Message-ID. Raises `MessageRefused` when
        the relay refuses for good (SMTP 5xx), `MessageDeferred` when it may take it later (4xx,
        no connection, timeout).
        """
        ...
