"""The schema's problems: why something was not done. Their descriptions are partners' reference."""

from __future__ import annotations

import strawberry

from graphql_api.access.caller import EVERYONE
from graphql_api.access.rule import shown_to

SHOWN = "What to show the voter, in the language of the input."


@shown_to(EVERYONE)
@strawberry.interface(description="Why something was not done. Every refusal is one of these.")
class Problem:
    code: str = strawberry.field(
        description="Stable name of the problem: branch on this, not on the text."
    )
    message: str = strawberry.field(description=SHOWN)


@shown_to(EVERYONE)
@strawberry.type(description="A field that cannot be used as typed.")
class FieldProblem:
    field: str = strawberry.field(
        description="The input's field, as in the schema: `numic`, `securityCode.answer` ..."
    )
    code: str = strawberry.field(
        description="`REQUIRED`, `NOT_DIGITS`, `TOO_LONG`, `MALFORMED`, `NOT_ALPHANUMERIC`, "
        "`WRONG_LENGTH` or `ONE_NUMBER_ONLY`."
    )
    message: str = strawberry.field(description=SHOWN)


@strawberry.type(
    description="Some fields cannot be used as typed. Nothing was consumed: neither the security "
    "code nor the link. Code: `INVALID_FIELDS`."
)
class InvalidFields(Problem):
    fields: list[FieldProblem] = strawberry.field(description="Every such field, in form order.")


@strawberry.type(
    description="The security code was not answered rightly. Issue another one. Codes: "
    "`SECURITY_CODE_WRONG`, `SECURITY_CODE_EXPIRED`, `SECURITY_CODE_USED` (answered before), "
    "`SECURITY_CODE_UNKNOWN` (not ours, or issued for another step) and `SECURITY_CODE_PRICE` (its "
    "`price` is not paid: nothing was consumed, answer the same code with a right `proof`)."
)
class SecurityCodeRejected(Problem):
    pass


@strawberry.type(
    description="The caller's network asks too often. Says nothing about the voter. Code: "
    "`TOO_MANY_REQUESTS`."
)
class TooManyRequests(Problem):
    retry_after: int = strawberry.field(description="Seconds to wait.")


@strawberry.type(
    description="No voting round is open for renewals now, or not that of the link; `votingRound` "
    "tells when the next one opens. Code: `RENEWAL_CLOSED`."
)
class RenewalClosed(Problem):
    pass


@strawberry.type(
    description="Something that this needs did not answer in time. Nothing was consumed and "
    "nothing is lost: send the same form again. Code: `TEMPORARILY_UNAVAILABLE`."
)
class TemporarilyUnavailable(Problem):
    retry_after: int = strawberry.field(description="Seconds to wait.")


@strawberry.type(
    description="The link, or the identifier given with it, is refused. Codes: `UNKNOWN_LINK`, "
    "`LINK_EXPIRED`, `LINK_USED`, `LINK_REVOKED` (a newer link was sent, its e-mail came back, or "
    "too many wrong identifiers were given), `IDENTIFIER_MISMATCH`, `IDENTIFIER_RENEWED` (then the "
    "password may not be renewed in the same round) and `RENEWALS_STOPPED` (it was renewed as "
    "often as one may, or renewals were stopped for this voter; the last password stays good)."
)
class LinkRejected(Problem):
    attempts_left: int = strawberry.field(
        description="How many more identifiers may be tried with this link; 0 when it is dead."
    )


@strawberry.type(
    description="Nothing is done about this alert. Codes: `UNKNOWN_ALERT`, `ALERT_RESOLVED` (it is "
    "over)."
)
class AlertRejected(Problem):
    pass
