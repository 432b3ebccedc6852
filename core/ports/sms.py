"""SMS, out."""

from typing import Protocol

from core.messages import Acceptance, PasswordSms


class Sms(Protocol):
    """Hands the SMS with the new password to a provider, in one segment (R33)."""

    async def send(self, message: PasswordSms) -> Acceptance:
        """Returns once the provider has taken the message over.

        Raises `MessageRefused` when the provider refuses for good (bad number, forbidden
        destination), `MessageDeferred` when it may take it later.
        """
        ...
