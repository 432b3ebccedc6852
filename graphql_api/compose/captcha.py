"""Security codes, and the proof of work that stands beside and in for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql_api.settings import Settings

from .parts import Parts

if TYPE_CHECKING:
    from core.ports.captcha import Captcha

HARDER = 20_000
"""Iterations that a proof of work asks for while it stands in for a captcha that is out."""


def choose_captcha(settings: Settings, parts: Parts) -> Captcha:
    from adapters.captcha.digits import DigitsCaptcha
    from adapters.captcha.inbox import InboxCaptcha

    lifetime = settings.renewal_policy.security_code_lifetime
    digits = DigitsCaptcha(settings.keyring, parts.clock, parts.randomness, lifetime)
    return InboxCaptcha(digits, parts.inbox) if settings.dev_inbox and parts.inbox else digits


def choose_proof_of_work(settings: Settings, parts: Parts) -> Captcha:
    """The one that a voter may ask for."""
    return _proof_of_work(settings, parts)


def choose_fallback(settings: Settings, parts: Parts) -> Captcha:
    """The one that is given while the captcha is out."""
    return _proof_of_work(settings, parts, HARDER)


def _proof_of_work(settings: Settings, parts: Parts, iterations: int | None = None) -> Captcha:
    from adapters.captcha.proof_of_work import ProofOfWorkCaptcha, Work

    lifetime = settings.renewal_policy.security_code_lifetime
    work = Work() if iterations is None else Work(iterations=iterations)
    return ProofOfWorkCaptcha(settings.keyring, parts.clock, parts.randomness, lifetime, work)
