"""What in the settings is not fit for a vote, without asking any neighbour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import structlog

from core.voting_round import PARIS
from graphql_api.compose.sms import gives_receipts, routes_of, settings_for_route
from graphql_api.settings import Settings

from .exposure import exposed
from .finding import Finding, Grade

_log = structlog.stdlib.get_logger("reassort.doctor")


TAKEN_FOR_VOTERS = Finding(
    "public",
    Grade.WARNING,
    "callers without credentials are taken for voters, a revoked partner among them",
)


def partners_may_be_revoked(settings: Settings) -> bool:
    """Whether partners call that the settings know, beside voters for whom there is no portal."""
    partners = settings.partners_by_token or settings.partner_limits
    return bool(partners) and settings.public and not settings.portal


def warn(settings: Settings) -> None:
    """Say in the log what is not fit for a vote, when a process starts with it."""
    for finding in for_real_use(settings):
        if finding.verdict is not Grade.GOOD:
            _log.warning("not_fit_for_a_vote", subject=finding.subject, reason=finding.text)


def for_real_use(settings: Settings) -> Iterator[Finding]:
    carriers = {settings.email, *(each.gateway for each in routes_of(settings).values())}
    if settings.dev_inbox or "inbox" in carriers:
        text = "messages go to the inbox, where anyone who can open it reads them: trials only"
        yield Finding("inbox", Grade.WARNING, text)
    if settings.policy == "trial":
        yield Finding("policy", Grade.WARNING, "`trial` has no quotas")
    if settings.link_template.startswith("http://"):
        yield Finding("link_template", Grade.WARNING, "links in e-mails are not https")
    if "inbox" in carriers and not settings.dev_inbox:
        text = "messages go to a file that nobody is shown: REASSORT_DEV_INBOX serves /dev/inbox"
        yield Finding("inbox", Grade.WARNING, text)
    ours = (settings.email_sender, settings.assistance_email)
    if settings.email == "smtp" and any(each.endswith("@example.org") for each in ours):
        text = "an address of ours is a placeholder: set the sender's and the assistance cell's"
        yield Finding("addresses", Grade.WARNING, text)
    if len(settings.mail_relays) > 1 and not settings.bounces_read:
        text = (
            "what comes back goes to the sender's mailbox, and by no other relay to the voter: set "
            "REASSORT_BOUNCE_ADDRESS, and hand its mail to `reassort record-bounce`"
        )
        yield Finding("e-mail", Grade.WARNING, text)
    if settings.credentials == "ldap" and not settings.credentials_ldap_trial_numic:
        text = (
            "whether a new password opens a sign-in shows at the first renewal only: name an entry "
            "that is nobody's by REASSORT_CREDENTIALS_LDAP_TRIAL_NUMIC"
        )
        yield Finding("credentials", Grade.WARNING, text)
    if settings.processes > 1 and not settings.limits_are_shared:
        text = (
            f"each of the {settings.processes} processes counts for itself, so that a caller gets "
            "up to as many times each limit: set REASSORT_LIMITS_URL"
        )
        yield Finding("limits", Grade.WARNING, text)
    if settings.subgraph and settings.router_open:
        text = "everyone is taken for the router: set REASSORT_ROUTER_SECRETS"
        yield Finding("router", Grade.WARNING, text)
    real = carriers - {"inbox"}
    if settings.dev_inbox and real:
        text = "the answers to security codes lie open beside real messages: unset DEV_INBOX"
        yield Finding("dev_inbox", Grade.BAD, text)
    if partners_may_be_revoked(settings):
        yield TAKEN_FOR_VOTERS
    if settings.introspection:
        yield Finding("introspection", Grade.WARNING, "everyone may ask for the whole schema")
    yield from exposed(settings)
    yield from _sms(settings)
    if unknown := settings.unknown_names():
        text = f"not a setting, hence without effect: {', '.join(unknown)}"
        yield Finding("environment", Grade.WARNING, text)
    yield _calendar(settings)


def _sms(settings: Settings) -> Iterator[Finding]:
    """Whether it would be noticed that SMS do not arrive, and that too many go out."""
    routes = {name: each for name, each in routes_of(settings).items() if each.gateway != "inbox"}
    for name, route in routes.items():
        if not gives_receipts(settings, name):
            text = f"{name} gives no receipts: nobody learns which SMS arrived, none is sent again"
            yield Finding("sms", Grade.WARNING, text)
        if route.gateway == "smpp" and not settings_for_route(settings, name).smpp_tls:
            text = f"{name}: passwords go to the SMSC in clear, unless the line is encrypted"
            yield Finding("sms", Grade.WARNING, text)
    capped = settings.sms_per_prefix or settings.sms_per_country or settings.sms_day_cost
    if routes and not capped and not settings.sms_destinations:
        text = "SMS go everywhere and without a cap: set REASSORT_SMS_DESTINATIONS or a cap"
        yield Finding("sms", Grade.WARNING, text)


def _calendar(settings: Settings) -> Finding:
    now = datetime.now(UTC)
    found = settings.calendar.current_or_next(now)
    if found is None:
        if settings.voting_rounds:
            return Finding("calendar", Grade.WARNING, "every round is over: renewal is closed")
        return Finding("calendar", Grade.BAD, "no voting round: renewal is closed")
    if opened := settings.calendar.all_open_at(now):
        told = (f"round {each.id} is open until {_in_paris(each.closes_at)}" for each in opened)
        return Finding("calendar", Grade.GOOD, "; ".join(told))
    text = f"closed now; round {found.id} opens {_in_paris(found.opens_at)}"
    return Finding("calendar", Grade.WARNING, text)


def _in_paris(moment: datetime) -> str:
    return f"{moment.astimezone(PARIS):%Y-%m-%d %H:%M} (Paris)"
