"""The enumerations of alerts: the domain's own, described."""

from __future__ import annotations

from core.alert import AlertAxis, AlertKind, AlertState

from .enums import describe

__all__ = ["AlertAxis", "AlertKind", "AlertState"]

describe(
    AlertState,
    "Whether somebody has to look.",
    {
        AlertState.RAISED: "Nobody has acknowledged it.",
        AlertState.ACKNOWLEDGED: "Somebody looks after it.",
        AlertState.RESOLVED: "It is over.",
    },
    "AlertState",
)
describe(
    AlertAxis,
    "What an alert is told apart by from others of its kind.",
    {
        AlertAxis.DEPLOYMENT: "By nothing: it is of the whole deployment.",
        AlertAxis.COUNTRY: "Of the telephone number: ISO 3166, two letters.",
        AlertAxis.ROUTE: "The route's name in the settings, and a country or mailbox domain.",
        AlertAxis.MAILBOX_DOMAIN: "The domain of mailboxes.",
        AlertAxis.CONSTITUENCY: "As the register names it.",
        AlertAxis.NEIGHBOUR: "Register, credential store, relay or route.",
        AlertAxis.CAP: "A cap on SMS, and the country.",
        AlertAxis.REASON: "The code of a refusal.",
    },
    "AlertAxis",
)
describe(
    AlertKind,
    "What is wrong.",
    {
        AlertKind.WORKERS_MISSING: "No worker lives.",
        AlertKind.HEARTBEAT_MISSING: "Fewer workers live than there were, and none was stopped.",
        AlertKind.NEIGHBOUR_DOWN: "A neighbouring system does nothing but fail.",
        AlertKind.ROUTE_FELL: "An SMS route delivers too little in a country.",
        AlertKind.MAIL_ROUTE_FELL: "Links that a relay carries to a mailbox domain are not used.",
        AlertKind.DELIVERY_FELL: "Too few messages arrive in a country or mailbox domain.",
        AlertKind.VOTERS_UNREACHED: "Voters without a password, or without a link.",
        AlertKind.SPENDING_STOPPED: "A cap on SMS is reached.",
        AlertKind.RECEIPTS_UNTIED: "Receipts of a route tie to no SMS.",
        AlertKind.BOUNCES_UNREAD: "Reports of mail servers cannot be read.",
        AlertKind.JOBS_LATE: "Jobs are due, and nobody has taken them.",
        AlertKind.JOBS_BURIED: "There are dead letters.",
        AlertKind.REFUSALS_SURGED: "Callers are refused more often than usual.",
        AlertKind.PASSWORDS_REFUSED: "A rule of the credential store refuses new passwords.",
        AlertKind.CLOCK_REFUSED: "A process has stopped, for its clock is wrong.",
        AlertKind.RESTORE_FOUND: "A process has stopped, for a backup was put back.",
    },
    "AlertKind",
)
