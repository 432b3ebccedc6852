"""Security codes, and the proof of work that stands beside and in for them."""

from __future__ import annotations

from adapters.captcha.digits import DigitsCaptcha
from adapters.captcha.inbox import InboxCaptcha
from adapters.captcha.proof_of_work import ProofOfWorkCaptcha, Work
from adapters.inbox import Inbox
from core.ports.captcha import Captcha
from core.ports.clock import Clock
from core.ports.randomness import Randomness
from graphql_api.settings import Settings

HARDER = Work(iterations=20_000)
"""What a proof of work asks for while it stands in for a captcha that is out."""


def choose_captcha(
    settings: Settings, clock: Clock, randomness: Randomness, inbox: Inbox | None
) -> Captcha:
    lifetime = settings.renewal_policy.security_code_lifetime
    digits = DigitsCaptcha(settings.keyring, clock, randomness, lifetime)
    return InboxCaptcha(digits, inbox) if settings.dev_inbox and inbox else digits


def choose_proof_of_work(settings: Settings, clock: Clock, randomness: Randomness) -> Captcha:
    """The one that a voter may ask for."""
    return _proof_of_work(settings, clock, randomness, Work())


def choose_fallback(settings: Settings, clock: Clock, randomness: Randomness) -> Captcha:
    """The one that is given while the captcha is out."""
    return _proof_of_work(settings, clock, randomness, HARDER)


def _proof_of_work(
    settings: Settings, clock: Clock, randomness: Randomness, work: Work
) -> ProofOfWorkCaptcha:
    lifetime = settings.renewal_policy.security_code_lifetime
    return ProofOfWorkCaptcha(settings.keyring, clock, randomness, lifetime, work)
