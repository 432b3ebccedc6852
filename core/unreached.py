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

    LINK_UNDECIDED = "link_undecided"
    """A request that no worker has decided on: whose it is, is not known."""
    LINK_DEFERRED = "link_deferred"
    """The e-mail has outlasted its link: it waits still, or a mail server was late with it."""
    LINK_BOUNCED = "link_bounced"
    """The e-mail came back, or no relay would have it."""
    LINK_GIVEN_UP = "link_given_up"
    """No relay took the e-mail in time."""
    LINK_WITHDRAWN = "link_withdrawn"
    """A backup was put back, and the link, which may have been used since, was ended."""

    RECEIPT_NOT_EXPECTED = "receipt_not_expected"
    """A route has the SMS that gives no receipts: neither reached nor unreached."""
    LINK_NOT_TAKEN = "link_not_taken"
    """The e-mail has arrived, as far as is known, and its link was not used."""

    @property
    def is_of_link(self) -> bool:
        """Whether it keeps a link, not a password, from the voter."""
        return self in _OF_LINKS


_OF_LINKS = frozenset(
    {
        Cause.LINK_UNDECIDED,
        Cause.LINK_DEFERRED,
        Cause.LINK_BOUNCED,
        Cause.LINK_GIVEN_UP,
        Cause.LINK_WITHDRAWN,
    }
)
OF_FAILURES: tuple[tuple[type[DependencyFailure], Cause], ...] = (
    (RegisterUnavailable, Cause.REGISTER),
    (CredentialsUnavailable, Cause.CREDENTIALS),
    (KeyUnavailable, Cause.KEY),
    (MessageDeferred, Cause.NO_ROUTE),
)


def cause_of_failure(failure: DependencyFailure) -> Cause | None:
    """What a failed neighbour keeps the voter's SMS from; None: nobody can note it down."""
    return next((cause for kind, cause in OF_FAILURES if isinstance(failure, kind)), None)
