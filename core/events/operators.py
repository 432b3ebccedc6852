"""What is done by an operator's order, or in an operator's name."""

from __future__ import annotations

from dataclasses import dataclass

from .kinds import Alert


@dataclass(frozen=True)
class OperatorActed(Alert):
    """Somebody has done something to the deployment that keeps no record of its own."""

    act: str
    by: str
    detail: str


@dataclass(frozen=True)
class PartnerSuspended(Alert):
    """Nothing comes from this partner any more, nor leads to it, by the order of `by`."""

    partner: str
    by: str
    reason: str


@dataclass(frozen=True)
class PartnerResumed(Alert):
    """A suspension was ended by `by`."""

    partner: str
    by: str


@dataclass(frozen=True)
class VoterFrozen(Alert):
    """One voter's renewals are stopped, by the order of `by`. Why stands in the database alone."""

    voter: str
    by: str


@dataclass(frozen=True)
class VoterUnfrozen(Alert):
    """They go on again, by the order of `by`."""

    voter: str
    by: str


@dataclass(frozen=True)
class OperatorAdded(Alert):
    """One more may propose or approve the release of voting rounds."""

    operator: str
    by: str


@dataclass(frozen=True)
class OperatorRemoved(Alert):
    """This one may not any more."""

    operator: str
    by: str


@dataclass(frozen=True)
class OperatorFailed(Alert):
    """A wrong code, or a used one, was given in the name of this operator."""

    operator: str


@dataclass(frozen=True)
class RoundHeld(Alert):
    """A voting round is not released, by the order of `by`; a release that stood is withdrawn."""

    round: str
    by: str
    reason: str


@dataclass(frozen=True)
class RoundHoldLifted(Alert):
    """The order has ended. The round is kept until two persons release it."""

    round: str
    by: str


@dataclass(frozen=True)
class RoundReleaseProposed(Alert):
    """One person says that a voting round may go; another has to agree."""

    round: str
    by: str


@dataclass(frozen=True)
class RoundReleaseApproved(Alert):
    """Two persons have released a voting round: it is deleted after the term."""

    round: str
    proposed_by: str
    approved_by: str


@dataclass(frozen=True)
class RoundDestroyed(Alert):
    """What belonged to a released voting round is deleted, save requests that are `shared` with
    another that is not; unless `complete`, so far. `digest` is the record's."""

    round: str
    requests: int
    messages: int
    attempts: int
    message_changes: int
    shared: int
    digest: str
    complete: bool


@dataclass(frozen=True)
class RestoreFollowed(Alert):
    """A backup was put back, and `by` has ended every link that may have been used: so many."""

    by: str
    links: int


@dataclass(frozen=True)
class ClockMarkReset(Alert):
    """By the order of `by` the last moment seen is this machine's time: so many seconds before the
    one that was believed."""

    by: str
    ahead: int
