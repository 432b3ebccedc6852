"""The arithmetic of time behind the routes' pace and counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def end_of_hour(now: datetime) -> datetime:
    """When UTC's hour ends that `now` is in; a full hour is in the one that it begins."""
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR


def end_of_day(now: datetime) -> datetime:
    """When UTC's day ends that `now` is in; midnight is in the day that it begins."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY


def step_of(rate: float) -> timedelta:
    """From one SMS to the next at `rate` SMS a second. Rounded up to a microsecond: never more
    than the rate."""
    return timedelta(microseconds=ceil(1_000_000 / rate))


def wait_for(free_at: datetime, step: timedelta, burst: int, now: datetime) -> timedelta:
    """How long to wait after a token was taken out of a bucket that is full again at `free_at`.

    The generic cell rate algorithm (ITU-T I.371): the bucket is kept as the moment at which it will
    be full; with `burst` tokens in it, it may lag by `burst` steps.
    """
    return max(timedelta(0), free_at - burst * step - now)
