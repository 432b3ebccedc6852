"""Passwords for the entry that is nobody's: of the same kind as voters', so that a policy judges
them alike."""

from __future__ import annotations

from adapters.system import SystemRandomness
from core.policy import RenewalPolicy


def trial_password() -> str:
    """Another each time, by the default policy of passwords."""
    policy = RenewalPolicy()
    symbols = policy.password_alphabet
    chance = SystemRandomness().token(policy.password_length)
    return "".join(symbols[each % len(symbols)] for each in chance)
