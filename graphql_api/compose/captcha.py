"""Security codes, and the proof of work that stands beside and in for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import CannotProceed
from graphql_api.settings import Settings, SettingsRefused

from .parts import Parts

if TYPE_CHECKING:
    from adapters.captcha.stock import Stock
    from core.ports.captcha import Captcha

_SEED = 32
"""Bytes of chance that a stock is bent by."""
HARDER = 20_000
"""Iterations that a proof of work asks for while it stands in for a captcha that is out."""


def choose_captcha(settings: Settings, parts: Parts) -> Captcha:
    """Raises `SettingsRefused` for a stock that pictures or sounds cannot be made from."""
    from adapters.captcha.digits import DigitsCaptcha
    from adapters.captcha.inbox import InboxCaptcha

    lifetime = settings.renewal_policy.security_code_lifetime
    stock = _stock(settings.security_code_stock)
    digits = DigitsCaptcha(settings.keyring, parts.clock, parts.randomness, lifetime, stock)
    return InboxCaptcha(digits, parts.inbox) if settings.dev_inbox and parts.inbox else digits


def make_security_code_stock(folder: Path) -> None:
    """Make a stock of shapes and voices, by a seed that is kept nowhere; it takes some seconds.
    Raises `CannotProceed` when there is one already, `OSError` when it cannot be written."""
    from adapters.captcha.own_stock import make
    from adapters.captcha.stock import packaged
    from adapters.system import SystemRandomness

    try:
        make(folder, packaged(), SystemRandomness().token(_SEED))
    except FileExistsError as failure:
        raise CannotProceed(str(failure)) from None


def _stock(folder: Path | None) -> Stock:
    from adapters.captcha.stock import UnusableStock, packaged, read_stock

    if folder is None:
        return packaged()
    try:
        return read_stock(folder)
    except UnusableStock as failure:
        raise SettingsRefused(f"REASSORT_SECURITY_CODE_STOCK: {failure}") from None


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
