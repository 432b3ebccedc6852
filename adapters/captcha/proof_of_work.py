"""Proof of work (altcha): the security code for whom neither a picture nor a sound serves.

No cognitive test (WCAG 2.2, 3.3.8): the voter's device computes for a few seconds. The challenge is
signed and says for which step and until when it is good; the library would accept an answer twice,
so the caller records consumption as for any other code (R27).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import altcha

from core.errors import SecurityCodeProblem
from core.identifiers import CHANCE_BYTES, new_id
from core.keys import Keyring, Purpose
from core.locale import Locale
from core.ports.clock import Clock
from core.ports.randomness import Randomness
from core.security_code import (
    CheckedAnswer,
    IssuedSecurityCode,
    Media,
    RenewalStep,
    SecurityCodeKind,
)

ALGORITHM = "PBKDF2/SHA-256"
LONGEST_ANSWER = 4096
ID_PREFIX = "pow-"


@dataclass(frozen=True)
class Work:
    """How much is asked for: `tries` derivations on average, each of `iterations` rounds.

    One derivation is also what checking an answer costs: 2 ms for 5,000 rounds (measured).
    `tries` is a power of 16: it is asked for as hexadecimal zeros.
    """

    iterations: int = 5000
    zeros: int = 2

    @property
    def tries(self) -> int:
        return 16**self.zeros


class ProofOfWorkCaptcha:
    """The port `Captcha` without picture or sound. `id` and `challenge` go to the client; the
    answer is the library's payload: challenge and solution, as JSON in base64."""

    def __init__(
        self,
        keyring: Keyring,
        clock: Clock,
        randomness: Randomness,
        lifetime: timedelta,
        work: Work | None = None,
    ) -> None:
        self._keyring = keyring
        self._clock = clock
        self._randomness = randomness
        self._lifetime = lifetime
        self._work = work or Work()

    async def issue(self, step: RenewalStep) -> IssuedSecurityCode:
        now = self._clock.now()
        expires_at = (now + self._lifetime).replace(microsecond=0)
        code_id = ID_PREFIX + new_id(now, self._randomness.token(CHANCE_BYTES))
        challenge = altcha.create_challenge(
            ALGORITHM,
            self._work.iterations,
            key_prefix="0" * self._work.zeros,
            data={"id": code_id, "step": step.value, "until": int(expires_at.timestamp())},
            hmac_secret=self._secret(self._keyring.newest),
        )
        text = json.dumps(challenge.to_dict(), separators=(",", ":"))
        return IssuedSecurityCode(code_id, SecurityCodeKind.PROOF_OF_WORK, expires_at, text)

    async def check(self, step: RenewalStep, code_id: str, answer: str) -> CheckedAnswer:
        unknown = CheckedAnswer(SecurityCodeProblem.UNKNOWN)
        if not code_id.startswith(ID_PREFIX):
            return unknown
        said = _said(answer)
        if said is None or (said.get("id"), said.get("step")) != (code_id, step.value):
            return unknown
        verified = await asyncio.to_thread(self._verified, answer)
        if verified is None:
            return unknown
        until = datetime.fromtimestamp(said["until"], UTC)
        if self._clock.now() >= until:
            return CheckedAnswer(SecurityCodeProblem.EXPIRED)
        return CheckedAnswer(None if verified else SecurityCodeProblem.WRONG, until)

    async def find(self, code_id: str) -> IssuedSecurityCode | None:
        """Nothing is kept of a challenge, and its id does not say it: issue another."""
        return None

    async def picture(self, code_id: str) -> Media | None:
        return None

    async def sound(self, code_id: str, locale: Locale) -> Media | None:
        return None

    def _verified(self, answer: str) -> bool | None:
        """Whether the solution is right; None when the challenge was not signed by us."""
        for key in self._keyring.keys:
            result = altcha.verify_solution(answer, self._secret(key.id))
            if not result.invalid_signature and result.error is None:
                return result.verified
        return None

    def _secret(self, key_id: str) -> bytes:
        return self._keyring.mac(Purpose.SECURITY_CODE, b"proof of work", key_id)


def _said(answer: str) -> dict[str, Any] | None:
    """What the answer's challenge says of itself; to be believed only once it is verified."""
    if len(answer) > LONGEST_ANSWER:
        return None
    try:
        payload = json.loads(base64.b64decode(answer, validate=True))
        said = payload["challenge"]["parameters"]["data"]
        return said if isinstance(said, dict) and isinstance(said.get("until"), int) else None
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        return None
