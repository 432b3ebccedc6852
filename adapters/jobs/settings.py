"""How a worker works: how many jobs at once, how long one may take, how often it is tried again."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from core.jobs import JobKind

SHARE_OF_LEASE = 0.9
"""How much of its lease a job may use: the rest is for writing down how it ended."""

SOON = 0.004
"""Seconds that a worker looks for jobs that end at nearly the same time."""


@dataclass(frozen=True)
class Backoff:
    """How long a failed job waits: doubling from `first` to `longest`, each with full jitter."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)

    def after(self, attempts: int) -> timedelta:
        """The wait after that many attempts: at least half of the step, at most all of it."""
        step = min(self.first * 2 ** min(attempts - 1, 30), self.longest)
        return step * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries out


@dataclass(frozen=True)
class WorkerSettings:
    """`concurrency`: how many jobs of a kind run at once. `poll`: how often an idle worker looks
    for jobs; `rest`: how often when it is woken for new ones. A job whose neighbour is down is
    tried `patience` times, one that fails otherwise `attempts` times; then it is a dead letter.
    No job outlives its `lease`: after `SHARE_OF_LEASE` of it, it is cancelled and due again."""

    concurrency: Mapping[JobKind, int] = field(default_factory=lambda: dict.fromkeys(JobKind, 8))
    lease: timedelta = timedelta(seconds=60)
    poll: timedelta = timedelta(milliseconds=50)
    rest: timedelta = timedelta(seconds=1)
    backoff: Backoff = field(default_factory=Backoff)
    attempts: int = 10
    patience: int = 200
    tidy_every: timedelta = timedelta(minutes=1)

    @property
    def time_limit(self) -> timedelta:
        """How long one job may run."""
        return self.lease * SHARE_OF_LEASE
