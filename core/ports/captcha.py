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

    async def find(self, code_id: str) -> IssuedSecurityCode | None:
        """A code that was issued and has not run out, answered or not; None for any other id."""
        ...

    async def picture(self, code_id: str) -> Media | None:
        """The code as an image, the same whenever it is asked for: a second look gives a robot no
        second chance. None for kinds that are not seen."""
        ...

    async def sound(self, code_id: str, locale: Locale) -> Media | None:
        """The code spoken in `locale`, the same each time; None for kinds that are not heard."""
        ...
