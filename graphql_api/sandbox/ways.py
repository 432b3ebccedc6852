"""What any voter of the sandbox can bring about, and how: shown beside the table of scenarios."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """An outcome that any voter can bring about, and how."""

    outcome: str
    how: str


WAYS = (
    Way("RenewalRequested without an e-mail", "An unknown NUMIC, or another e-mail address."),
    Way("InvalidFields", "A NUMIC with a letter, an address without `@`, an empty token."),
    Way("SecurityCodeRejected SECURITY_CODE_WRONG", "Answer `0000`."),
    Way("SecurityCodeRejected SECURITY_CODE_USED", "Answer one code twice."),
    Way("SecurityCodeRejected SECURITY_CODE_UNKNOWN", "A code of another step, or a made-up id."),
    Way(
        "SecurityCodeRejected SECURITY_CODE_EXPIRED",
        "Have a code issued, move the clock on by 600 seconds, answer.",
    ),
    Way(
        "SecurityCodeRejected SECURITY_CODE_PRICE",
        "Send a `proof` that is none, such as `0`. Without any, the answer is taken, unless "
        "started with `--price required`.",
    ),
    Way("LinkRejected UNKNOWN_LINK", "A made-up token."),
    Way("LinkRejected LINK_USED", "Confirm twice with one token."),
    Way("LinkRejected IDENTIFIER_MISMATCH", "Any other identifier of twelve letters and digits."),
    Way("LinkRejected LINK_EXPIRED", "Move the clock on by 3,600 seconds after the e-mail."),
    Way(
        "LinkRejected LINK_REVOKED",
        "Five wrong identifiers, for calls from this address; or ask once more after moving the "
        "clock on by 120 seconds, and "
        "confirm with the older token.",
    ),
    Way("RenewalClosed", "Move the clock on by 30 days (2,592,000 seconds)."),
    Way("deliveryRates: taken", "Started with `--no-bounces`: every e-mail that a relay took."),
    Way(
        "lost: ROUND_CLOSED",
        "Move the clock on by 2,591,400 seconds, let `sms-queued` renew, move it on by 1,200: the "
        "round has closed before a route had the SMS.",
    ),
    Way(
        "links: LINK_GIVEN_UP",
        "Ask as `email-queued`, and move the clock on by 21,660 seconds: no relay took the e-mail.",
    ),
    Way("TooManyRequests", "Use one field more than 30 times in a minute, from one address."),
    Way(
        "TooManyRequests of who does not pay",
        "Answer more than 7 codes that were issued within a minute, from one address, without a "
        "`proof`.",
    ),
    Way(
        "TooManyRequests of one voter behind a partner",
        "Show `Authorization: Bearer sandbox-partner` and `Voter-Address: 198.51.100.7`, and use "
        "one field more than 30 times in a minute; for another address it is answered.",
    ),
    Way(
        "RenewalRequested from a page that the partner has signed",
        "Send as `partner` what `signing` of `/dev/scenarios.json` signs, by the sandbox's clock.",
    ),
    Way(
        "InvalidFields UNKNOWN_PARTNER",
        "Send as `partner` another name, or one whose signature or time does not hold.",
    ),
    Way(
        "LinkRejected RENEWALS_STOPPED by a cap",
        "Started with `--caps`: six renewals, three within a day of the sandbox's clock. A fourth "
        "request within the day brings no e-mail; a seventh, days later, `renewals_stopped`.",
    ),
    Way(
        "HTTP 401 UNAUTHENTICATED",
        "Show `Authorization: Bearer sandbox-expired`, `X-Api-Key: sandbox-expired` or "
        "`sandbox-revoked`, or anything else: the answer is the same for every reason.",
    ),
    Way("HTTP 429 at the door", "Show such credentials more than 30 times in a minute."),
    Way("HTTP 503 at the door", "Show `Authorization: Bearer sandbox-unavailable`."),
    Way(
        "FORBIDDEN",
        "Show `Authorization: Bearer sandbox-partner-without-scopes` and send a form, or "
        "`Bearer sandbox-partner` and ask for `votersUnreached`.",
    ),
    Way("UNAUTHENTICATED of a field", "Ask for `votersUnreached` without credentials."),
    Way("HTTP 405 SECRET_IN_URL", "Ask for `renewalLink` by GET."),
    Way("AssistanceContacted", "`contactAssistance`, with any address that is not in the table."),
    Way(
        "contactAssistance: every trouble",
        "The address of `busy`, `unavailable`, `defect`, `slow`, `http-429` or `http-503`.",
    ),
)
