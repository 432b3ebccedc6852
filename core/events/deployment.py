"""How the deployment is: clocks, the database, workers, neighbours, callers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .kinds import Alert


@dataclass(frozen=True)
class ClockRefused(Alert):
    """This process has stopped working, for its clock is wrong. `reason` is a sentence."""

    reason: str


@dataclass(frozen=True)
class ClockUnconfirmed(Alert):
    """This process's clock is so many seconds ahead of the last moment seen in the database, and
    no other process is there to agree: nothing is deleted, and no link ended, for a minute. So it
    is after each stop that was longer than half a minute."""

    ahead: int


@dataclass(frozen=True)
class RestoreFound(Alert):
    """This process has stopped working, for a backup was put back under it. `reason` is a
    sentence."""

    reason: str


@dataclass(frozen=True)
class WorkersMissing(Alert):
    """No worker has been heard of `since` then: requests are taken, nobody is written to."""

    since: datetime


@dataclass(frozen=True)
class WorkersBack(Alert):
    """A worker works again, after none did `since` then."""

    since: datetime


@dataclass(frozen=True)
class NeighbourDown(Alert):
    """This process has had nothing but failures of a neighbour (`register`, `credentials`, `relay`,
    `route NAME`) `since` then, the last one for this reason."""

    neighbour: str
    since: datetime
    failures: int
    reason: str


@dataclass(frozen=True)
class NeighbourUp(Alert):
    """It answers again, after it was down `since` then."""

    neighbour: str
    since: datetime


@dataclass(frozen=True)
class RefusalsSurged(Alert):
    """A client network was refused more than `refusals` times within a minute, at last for this
    reason: a robot tries codes, links or credentials, or a front end is broken. `network` is a
    keyed pseudonym, or `several`."""

    network: str
    reason: str
    refusals: int


@dataclass(frozen=True)
class PasswordsRefused(Alert):
    """A rule of the credential store refuses a voter's new password, so that the old one stays.
    `why` is a `CredentialsProblem`; `unfit` and `not_allowed` will meet other voters, too."""

    why: str
    reason: str
