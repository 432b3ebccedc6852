"""SMS, out."""

from typing import Protocol

from core.messages import Acceptance, PasswordSms


class Sms(Protocol):
    """Hands the SMS with the new password to a gateway, in one segment (R33)."""

    async def send(self, message: PasswordSms) -> Acceptance:
        """Returns once the gateway has taken the message over.

        Raises `MessageRefused` when the gateway refuses for good (bad number, forbidden
        destination), `MessageDeferred` when it may take it later.
        """
        ...
