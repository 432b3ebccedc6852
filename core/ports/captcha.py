"""The security code (captcha)."""

from typing import Protocol

from core.locale import Locale
from core.security_code import CheckedAnswer, IssuedSecurityCode, Media, RenewalStep


class Captcha(Protocol):
    """Issues security codes and judges answers. Stores nothing: the caller records consumption.

    Every method may raise `SecurityCodesUnavailable`.
    """

    async def issue(self, step: RenewalStep) -> IssuedSecurityCode:
        """A new code, good for `step` alone."""
        ...

    async def check(self, step: RenewalStep, code_id: str, answer: str) -> CheckedAnswer:
        """Whether `answer` is right for the code `code_id` at `step`, now."""
        ...

    async def picture(self, code_id: str) -> Media | None:
        """The code as an image; None for kinds that are not seen."""
        ...

    async def sound(self, code_id: str, locale: Locale) -> Media | None:
        """The code spoken in `locale`; None for kinds that are not heard."""
        ...
