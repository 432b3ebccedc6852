"""What the domain refuses, what it cannot reach, and what operators are told.

Two families, and nothing else leaves a use case:

* `DomainError`: an answer for the voter, with a stable `code`. Nothing is broken.
* `DependencyFailure`: a neighbour (register, SMTP, database ...) did not do its part. The caller
  retries or answers "try again later"; nothing is lost.

A third is for the commands: `CannotProceed` says in a sentence what an operator can mend.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DomainError(Exception):
    """Base of every refusal. `code` is stable and part of the public contract."""

    code: str = "REFUSED"


@dataclass(frozen=True)
class FieldProblem:
    """One field that cannot be used as typed: the input's field name and a stable code."""

    field: str
    code: str
    allowed: int | None = None
    """Characters that it has, where that depends on the settings."""


class InvalidFields(DomainError):
    """Input that no voter's data can look like. Costs nothing: no security code is consumed."""

    code = "INVALID_FIELDS"

    def __init__(self, *fields: FieldProblem) -> None:
        super().__init__(", ".join(f"{each.field}: {each.code}" for each in fields))
        self.fields = fields


class SecurityCodeProblem(StrEnum):
    """Why an answer to a security code is refused (R27)."""

    WRONG = "SECURITY_CODE_WRONG"
    EXPIRED = "SECURITY_CODE_EXPIRED"
    USED = "SECURITY_CODE_USED"
    UNKNOWN = "SECURITY_CODE_UNKNOWN"
    PRICE = "SECURITY_CODE_PRICE"
    """Not paid for; the only one after which the code is as good as before."""


class SecurityCodeRejected(DomainError):
    """The answer is wrong, late, given before, not paid for, or belongs to another step."""

    def __init__(self, problem: SecurityCodeProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.code = problem.value


class LinkProblem(StrEnum):
    """Why a one-time link cannot be used. All but the mismatch are final."""

    UNKNOWN = "UNKNOWN_LINK"
    EXPIRED = "LINK_EXPIRED"
    USED = "LINK_USED"
    REVOKED = "LINK_REVOKED"
    IDENTIFIER_MISMATCH = "IDENTIFIER_MISMATCH"
    IDENTIFIER_RENEWED = "IDENTIFIER_RENEWED"
    RENEWALS_STOPPED = "RENEWALS_STOPPED"


class LinkRejected(DomainError):
    """The link, or the identifier given with it, is refused; `attempts_left` tries remain."""

    def __init__(self, problem: LinkProblem, attempts_left: int = 0) -> None:
        super().__init__(problem.value)
        self.problem = problem
        self.code = problem.value
        self.attempts_left = attempts_left


class AlertProblem(StrEnum):
    """Why nothing is done about an alert."""

    UNKNOWN = "UNKNOWN_ALERT"
    RESOLVED = "ALERT_RESOLVED"


class AlertRejected(DomainError):
    """There is no such alert, or it is over."""

    def __init__(self, problem: AlertProblem) -> None:
        super().__init__(problem.value)
        self.code = problem.value


class RenewalClosed(DomainError):
    """No voting round is open for renewals at this moment, or not that of the link (R12, R49)."""

    code = "RENEWAL_CLOSED"


class TooManyRequests(DomainError):
    """A limit at the edge was reached. Depends on the caller, never on the voter (R26)."""

    code = "TOO_MANY_REQUESTS"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after
        """Whole seconds to wait, at least 1."""


class ForbiddenChannel(DomainError):
    """A password by e-mail, or an identifier by SMS: never, not even as a fallback (R9)."""

    code = "FORBIDDEN_CHANNEL"


class DependencyFailure(Exception):
    """A neighbour is down, slow, or answered nonsense. Transient: worth trying again.

    `dependency` names it for logs and metrics; the text never holds personal data.
    """

    dependency = "dependency"


class RegisterUnavailable(DependencyFailure):
    """The consular register gave no usable answer in time."""

    dependency = "register"


class CredentialsUnavailable(DependencyFailure):
    """The credential store could not take the new password."""

    dependency = "credentials"


class CredentialsProblem(StrEnum):
    """Why a credential store will have no new password for one voter."""

    LOCKED = "locked"
    """The account is locked or disabled: no password opens it."""
    UNFIT = "unfit"
    """Its policy refuses passwords as we make them, for their length or their characters."""
    TOO_YOUNG = "too_young"
    """Its policy protects the present password until it has a certain age."""
    NOT_ALLOWED = "not_allowed"
    """Its policy lets nobody replace this password, or not without the old one."""


class CredentialsRefused(Exception):
    """The credential store answers, and its answer is about this one voter. Asking again changes
    nothing, and nobody else is held up.

    `reason` is short and without personal data: it ends in the delivery's record. `until`: when a
    password that is too young may be replaced, where the store tells.
    """

    def __init__(
        self,
        reason: str,
        why: CredentialsProblem = CredentialsProblem.LOCKED,
        until: datetime | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.why = why
        self.until = until

    @property
    def is_by_policy(self) -> bool:
        """Whether a rule refuses the new password: then the old one is as it was."""
        return self.why is not CredentialsProblem.LOCKED


class StoreUnavailable(DependencyFailure):
    """The recovery store could not commit: locked too long, disk full, connection lost."""

    dependency = "store"


class Overtaken(StoreUnavailable):
    """The store let others go first (deadlock, serialization failure). Running again is safe, at
    once. Unlike a `ConcurrentChange` it does not say that others have done this work."""


class KeyUnavailable(DependencyFailure):
    """What was begun under a key cannot be finished without it: put the key back into the ring, or
    the file of the password keys in its place."""

    dependency = "keys"


class SecurityCodesUnavailable(DependencyFailure):
    """The captcha service gave no usable answer in time."""

    dependency = "security codes"


class MessageDeferred(DependencyFailure):
    """The message was not taken now and may be later: SMTP 4xx, a busy provider, timeout.
    `is_answer`: the relay is well, and said so of this message."""

    dependency = "messaging"

    def __init__(self, reason: str = "", is_answer: bool = False) -> None:
        super().__init__(reason)
        self.is_answer = is_answer


class MessageRefused(Exception):
    """The message was refused for good: SMTP 5xx, invalid number. Retrying changes nothing.
    `reason` is short and without personal data: it ends in the delivery's record."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ConcurrentChange(Exception):
    """Someone else moved this row first. The unit of work rolls back; running again is safe."""


class CannotProceed(Exception):
    """What an operator has asked for is not done. The text says why, in a sentence that holds no
    value of a voter or of a secret."""


class MustStop(CannotProceed):
    """This process must not go on: what it would do now is wrong."""


class DatabaseRestored(MustStop):
    """The database is a backup that was put back, and nobody has seen to it yet."""


class ClockOff(MustStop):
    """This process's clock is wrong, so that what it would do by it is wrong."""


class ConfigurationRefused(CannotProceed):
    """What is configured cannot be used."""
