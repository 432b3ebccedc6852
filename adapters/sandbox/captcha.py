"""Security codes whose answer a contract test can write down beforehand."""

from __future__ import annotations

import re
from datetime import timedelta

from core.errors import SecurityCodeProblem
from core.ports.captcha import Captcha
from core.ports.clock import Clock
from core.security_code import CheckedAnswer, RenewalStep

from ..captcha.digits import DigitsCaptcha

RIGHT, WRONG = "1234", "0000"
"""Good for every code, and for none."""
_NAMED = re.compile(r"sandbox-(request|confirm|assistance)-[\w-]{1,40}", re.ASCII)
"""Ids that were never issued and are good all the same, each once: for tests that are files."""


class FixedAnswerCaptcha:
    """The port `Captcha` over another one, whose own answers stay right."""

    def __init__(
        self, captcha: Captcha, digits: DigitsCaptcha, clock: Clock, lifetime: timedelta
    ) -> None:
        self._captcha, self._digits = captcha, digits
        self._clock, self._lifetime = clock, lifetime
        self.issue, self.find = captcha.issue, captcha.find
        self.picture, self.sound = captcha.picture, captcha.sound

    async def check(self, step: RenewalStep, code_id: str, answer: str) -> CheckedAnswer:
        given = "".join(answer.split())
        named = _NAMED.fullmatch(code_id)
        if named is not None:
            return self._check_named(step, named[1], given)
        if given == RIGHT:
            answer = self._digits.answer_to(code_id) or answer
        return await self._captcha.check(step, code_id, "" if given == WRONG else answer)

    def _check_named(self, step: RenewalStep, named: str, given: str) -> CheckedAnswer:
        if named != step:
            return CheckedAnswer(SecurityCodeProblem.UNKNOWN)
        problem = None if given == RIGHT else SecurityCodeProblem.WRONG
        return CheckedAnswer(problem, self._clock.now() + self._lifetime)
