"""The digits, with their answers laid open in the inbox: for the demo and for trials only."""

from __future__ import annotations

from adapters.captcha.digits import DigitsCaptcha
from adapters.inbox import Inbox
from core.security_code import IssuedSecurityCode, RenewalStep


class InboxCaptcha:
    """Records each answer in the inbox as it issues; otherwise the port `Captcha` with digits."""

    def __init__(self, captcha: DigitsCaptcha, inbox: Inbox) -> None:
        self._captcha = captcha
        self._inbox = inbox
        self.check, self.find = captcha.check, captcha.find
        self.picture, self.sound = captcha.picture, captcha.sound

    async def issue(self, step: RenewalStep) -> IssuedSecurityCode:
        code = await self._captcha.issue(step)
        self._inbox.add_security_code(code.id, self._captcha.answer_to(code.id) or "")
        return code
