"""The sample voters of the sandbox and what each brings about: one table.

The sandbox is built from it, `/dev/scenarios` and the page in the docs show it, and a test plays
every line of it.
"""

from __future__ import annotations

from core.errors import LinkProblem
from core.reasons import Revocation

from .deliveries import DELIVERIES
from .scenario import SLOW, Scenario, Trouble


def _refused(name: str, numic: str, what: str, request: str, trouble: Trouble) -> Scenario:
    """Screen 2 is not taken."""
    return Scenario(name, numic, what, request, "", "", "", at_request=trouble)


def _unlinked(
    name: str, numic: str, what: str, email: str, phone: str = "", renewed: bool = False
) -> Scenario:
    """Screen 2 is taken, and no link comes."""
    after = ("", "")
    return Scenario(name, numic, what, "RenewalRequested", email, *after, phone, renewed=renewed)


def _unconfirmed(
    name: str,
    numic: str,
    what: str,
    confirm: str,
    link: LinkProblem | None = None,
    trouble: Trouble | None = None,
) -> Scenario:
    """The link comes, and screen 5 is not taken."""
    return Scenario(
        *(name, numic, what),
        confirm=confirm,
        sms="",
        phone="+33639980030",
        link_fate=link,
        at_confirm=trouble,
        unreached="" if link is LinkProblem.REVOKED else "linksNotTaken",
    )


SCENARIOS = (
    Scenario("renewed", "00010001", "The renewal succeeds.", phone="+33639980010"),
    Scenario("renewed-too", "00010002", "It succeeds for another voter.", phone="+33639980011"),
    _unlinked("no-phone", "00010003", "No phone number on record.", "no_phone: accepted"),
    Scenario(
        "phone-unusable",
        "00010006",
        "The phone number on record takes no SMS: a landline, a former number.",
        email="phone_unusable: accepted",
        confirm="",
        sms="",
        unusable=True,
    ),
    _unlinked(
        "identifier-renewed",
        "00010004",
        "The identifier was renewed in this round, so the password may not be.",
        "identifier_renewed: accepted",
        "+33639980012",
        renewed=True,
    ),
    Scenario(
        "renewals-stopped",
        "00010007",
        "An operator has stopped this voter's renewals. Renewals that are used up end likewise.",
        email="renewals_stopped: accepted",
        confirm="",
        sms="",
        phone="+33639980014",
        frozen=True,
    ),
    Scenario(
        "other-constituency",
        "00010008",
        "The voter's constituency does not vote in this round: screen 3 is everybody's.",
        email="round_closed: accepted",
        confirm="",
        sms="",
        phone="+33639980015",
        constituency="2",
    ),
    Scenario(
        "slow",
        "00010005",
        f"Both forms are answered after {SLOW:.0f} seconds.",
        phone="+33639980013",
        at_request=Trouble.SLOW,
        at_confirm=Trouble.SLOW,
    ),
    _refused("busy", "00020001", "Asks too often.", "TooManyRequests", Trouble.BUSY),
    _refused(
        "closed", "00020002", "Renewal closes as the form arrives.", "RenewalClosed", Trouble.CLOSED
    ),
    _refused(
        "unavailable",
        "00020003",
        "The database does not answer.",
        "TemporarilyUnavailable",
        Trouble.UNAVAILABLE,
    ),
    _refused("defect", "00020004", "A defect, masked.", "INTERNAL_ERROR", Trouble.DEFECT),
    _refused("http-429", "00020005", "A proxy in front holds back.", "HTTP 429", Trouble.HTTP_429),
    _refused("http-503", "00020006", "A proxy in front is down.", "HTTP 503", Trouble.HTTP_503),
    _unconfirmed(
        "link-expired",
        "00030001",
        "The link runs out as soon as it is sent.",
        "LinkRejected LINK_EXPIRED",
        LinkProblem.EXPIRED,
    ),
    _unconfirmed(
        "link-revoked",
        "00030002",
        "The link is revoked as soon as it is sent.",
        "LinkRejected LINK_REVOKED",
        LinkProblem.REVOKED,
    ),
    _unconfirmed(
        "renewed-meanwhile",
        "00030003",
        "The identifier is renewed between the e-mail and screen 5.",
        "LinkRejected IDENTIFIER_RENEWED",
        LinkProblem.IDENTIFIER_RENEWED,
    ),
    _unconfirmed(
        "stopped-meanwhile",
        "00030010",
        "An operator stops this voter's renewals between the e-mail and screen 5.",
        "LinkRejected RENEWALS_STOPPED",
        LinkProblem.RENEWALS_STOPPED,
    ),
    Scenario(
        "restored",
        "00030011",
        "A backup is put back: the link, which may have been used, ends, and an e-mail says so.",
        email="link_withdrawn: accepted",
        confirm="LinkRejected LINK_REVOKED",
        sms="",
        phone="+33639980031",
        link_fate=Revocation.RESTORED,
        unreached="links: LINK_WITHDRAWN",
    ),
    _unconfirmed(
        "confirm-busy", "00030004", "Asks too often.", "TooManyRequests", trouble=Trouble.BUSY
    ),
    _unconfirmed(
        *("confirm-closed", "00030005", "Renewal closes as screen 5 arrives.", "RenewalClosed"),
        trouble=Trouble.CLOSED,
    ),
    _unconfirmed(
        *(
            "confirm-unavailable",
            "00030006",
            "The register does not answer.",
            "TemporarilyUnavailable",
        ),
        trouble=Trouble.UNAVAILABLE,
    ),
    _unconfirmed(
        *("confirm-defect", "00030007", "A defect, masked.", "INTERNAL_ERROR"),
        trouble=Trouble.DEFECT,
    ),
    _unconfirmed(
        *("confirm-http-429", "00030008", "A proxy in front holds back.", "HTTP 429"),
        trouble=Trouble.HTTP_429,
    ),
    _unconfirmed(
        *("confirm-http-503", "00030009", "A proxy in front is down.", "HTTP 503"),
        trouble=Trouble.HTTP_503,
    ),
    *DELIVERIES,
)
