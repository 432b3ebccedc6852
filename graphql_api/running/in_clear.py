"""What leaves this machine unencrypted, by the settings (F-9)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from core.web_address import hosts_and_options, is_https_or_on_this_machine, is_loopback
from graphql_api.compose.email import settings_for_relay
from graphql_api.compose.sms import routes_of, settings_for_route
from graphql_api.compose.sms_providers import PROVIDERS
from graphql_api.settings import Settings

from .finding import Finding, Grade

SUBJECT = "encryption"
VERIFIED = frozenset({"verify-full", "verify-ca"})


def in_clear(settings: Settings) -> list[Finding]:
    """One finding for each line that others on the way can read; one that there is none."""
    found = [*_sms(settings), *_mail(settings), *_databases(settings), *_limits(settings)]
    return found or [Finding(SUBJECT, Grade.GOOD, "nothing leaves this machine in clear")]


def _sms(settings: Settings) -> Iterator[Finding]:
    for name, route in routes_of(settings).items():
        field = PROVIDERS[route.gateway].url
        url = field and getattr(settings_for_route(settings, name), field)
        if url and not is_https_or_on_this_machine(url):
            text = f"route {name}: passwords go to {route.gateway} in clear: write https://"
            yield Finding(SUBJECT, Grade.BAD, text)


def _mail(settings: Settings) -> Iterator[Finding]:
    if settings.email != "smtp":
        return
    relays = {name: settings_for_relay(settings, name) for name in settings.mail_routes}
    for name, relay in (relays or {settings.email: settings}).items():
        if relay.smtp_security == "plain" and not is_loopback(relay.smtp_host):
            text = f"relay {name}: links go to {relay.smtp_host} in clear: REASSORT_SMTP_SECURITY"
            yield Finding(SUBJECT, Grade.BAD, text)


def _databases(settings: Settings) -> Iterator[Finding]:
    named = {
        "DATABASE_URL": settings.dsn if settings.engine == "postgres" else "",
        "REASSORT_REGISTER_VIEW_URL": settings.register_view_url.get_secret_value(),
    }
    for name, dsn in named.items():
        mode = _sslmode(dsn)
        if mode is None or mode in VERIFIED:
            continue
        grade = Grade.WARNING if mode == "require" else Grade.BAD
        why = "whoever stands between can be the server" if mode == "require" else "may be in clear"
        text = f"{name}: sslmode={mode or 'prefer'}, {why}: write sslmode=verify-full"
        yield Finding(SUBJECT, grade, text)


def _sslmode(dsn: str) -> str | None:
    """None for servers on this machine alone, or no server; empty when nothing is said."""
    named, given = hosts_and_options(dsn)
    if not any(map(_leads_away, named.split(","))):
        return None
    return given.get("sslmode", [""])[0]


def _leads_away(host: str) -> bool:
    """Whether `host` or `host:port` is another machine's, and no folder of a socket."""
    if (written := unquote(host)).startswith("/"):
        return False
    name = urlsplit(f"//{written}").hostname
    return name is not None and not is_loopback(name)


def _limits(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.limits_url.get_secret_value())
    if parts.scheme in ("redis", "valkey") and not is_loopback(parts.hostname or ""):
        text = "REASSORT_LIMITS_URL: counters and their password go in clear: write valkeys://"
        yield Finding(SUBJECT, Grade.WARNING, text)
