"""The policy: every figure has bounds, and a wrong one is refused by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.policy import PROFILES, STANDARD, STRICT, UNAMBIGUOUS

ZERO = timedelta(0)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_holds(name):
    """Each shipped profile is within its own bounds."""
    assert replace(PROFILES[name]) == PROFILES[name]


def test_the_standard_figures():
    """R11, R16, R17: 60 minutes, 5 attempts, 12 symbols of 32."""
    assert STANDARD.link_lifetime == timedelta(minutes=60)
    assert STANDARD.link_attempts == 5
    assert (STANDARD.password_length, len(set(STANDARD.password_alphabet))) == (12, 32)
    assert STANDARD.password_alphabet == UNAMBIGUOUS
    assert not set("IO01") & set(UNAMBIGUOUS)


def test_strict_is_stricter():
    """The strict profile lets no figure be laxer than the standard one."""
    assert STRICT.link_lifetime < STANDARD.link_lifetime
    assert STRICT.link_attempts < STANDARD.link_attempts
    assert STRICT.password_length > STANDARD.password_length


@pytest.mark.parametrize(
    ("figure", "wrong"),
    [
        ("link_lifetime", ZERO),
        ("link_lifetime", DAY + TICK),
        ("link_attempts", 0),
        ("link_attempts_anyhow", 0),
        ("link_attempts_anyhow", STANDARD.link_attempts + 1),
        ("link_cooldown", -TICK),
        ("link_cooldown", STANDARD.link_lifetime + TICK),
        ("messages_per_window", 0),
        ("requests_per_window", 2),
        ("quota_window", ZERO),
        ("quota_window", STANDARD.link_lifetime - STANDARD.link_cooldown + TICK),
        ("security_code_lifetime", ZERO),
        ("identifier_length", 3),
        ("identifier_length", 65),
        ("password_length", 0),
        ("password_length", 65),
        ("password_alphabet", UNAMBIGUOUS + "A"),
        ("password_alphabet", UNAMBIGUOUS[:-1] + "é"),
        ("password_alphabet", UNAMBIGUOUS[:-1] + "-"),
        ("password_alphabet", UNAMBIGUOUS[:31]),
        ("password_alphabet", ""),
        ("message_deadline", ZERO),
    ],
)
def test_a_figure_out_of_bounds_is_refused(figure, wrong):
    """R11, R17: the error names the figure and shows its value."""
    with pytest.raises(ValueError, match=f"{figure} is out of bounds"):
        replace(STANDARD, **{figure: wrong})


@pytest.mark.parametrize(
    ("figure", "last"),
    [
        ("link_lifetime", DAY),
        ("link_cooldown", STANDARD.link_lifetime - STANDARD.quota_window),
        ("link_cooldown", ZERO),
        ("quota_window", STANDARD.link_lifetime - STANDARD.link_cooldown),
        ("requests_per_window", 3),
        ("identifier_length", 4),
        ("identifier_length", 64),
        ("password_length", 64),
    ],
)
def test_the_bounds_themselves_are_allowed(figure, last):
    """R17: 24 hours is allowed, one microsecond more is not; likewise for the others."""
    assert getattr(replace(STANDARD, **{figure: last}), figure) == last


def test_sixty_bits_of_password():
    """R11: a smaller alphabet needs a longer password: 60 bits at least."""
    digits = "0123456789"
    assert replace(STANDARD, password_alphabet=digits, password_length=19)
    with pytest.raises(ValueError, match="password_alphabet"):
        replace(STANDARD, password_alphabet=digits, password_length=18)
