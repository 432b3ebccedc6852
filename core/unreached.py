"""Why a voter is not reached: one cause each, of the latest renewal (R48).

In 2022 it was known too late that passwords did not arrive, and not at all why.
"""

from __future__ import annotations

from enum import StrEnum

from core.errors import (
    CredentialsUnavailable,
    DependencyFailure,
    KeyUnavailable,
    MessageDeferred,
    RegisterUnavailable,
)


class Cause(StrEnum):
    """Of one voter. It says what stands in the way now, or stood last."""

    UNTRIED = "untried"
    """Confirmed, and no worker has come to it."""
    CAP = "cap"
    """A cap on SMS holds it back."""
    PACE = "pace"
    """It keeps a place in its route's pace."""
    REGISTER = "register"
    """The register does not answer, or what it says forbids the password."""
    KEY = "key"
    """The key of the renewal is not there."""
    CREDENTIALS = "credentials"
    """The credential store does not answer, or does not take the password."""
    NO_ROUTE = "no_route"
    """No route goes there, or none takes the SMS now."""
    NO_RECEIPT = "no_receipt"
    """A route has the SMS, and no receipt says that it arrived."""
    REFUSED = "refused"
    """The routes refused the SMS, or reported that it did not arrive."""
    ROUND_CLOSED = "round_closed"
    """The round closed before a route had the SMS."""

    RECEIPT_NOT_EXPECTED = "receipt_not_expected"
    """A route has the SMS that gives no receipts: neither reached nor unreached."""


OF_FAILURES: tuple[tuple[type[DependencyFailure], Cause], ...] = (
    (RegisterUnavailable, Cause.REGISTER),
    (CredentialsUnavailable, Cause.CREDENTIALS),
    (KeyUnavailable, Cause.KEY),
    (MessageDeferred, Cause.NO_ROUTE),
)


def cause_of_failure(failure: DependencyFailure) -> Cause | None:
    """What a failed neighbour keeps the voter's SMS from; None: nobody can note it down."""
    return next((cause for kind, cause in OF_FAILURES if isinstance(failure, kind)), None)
