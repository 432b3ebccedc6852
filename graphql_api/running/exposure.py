"""What in the settings leaves a deployment open to strangers."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from core.web_address import is_https_or_on_this_machine, is_loopback
from graphql_api.settings import Settings

from .finding import Finding, Grade

WIDEST = {4: 8, 6: 16}
"""Prefix lengths: nobody has so many proxies that a shorter one names them."""
SHORTEST_TOKEN = 16
"""Characters of a metrics token that nobody guesses."""

PAGE = "/renouveler"
"""Behind the links to the portal: as `graphql_api.portal.pages` has it; a test holds the two."""
PRICE = "REASSORT_SECURITY_CODE_PRICE"


def exposed(settings: Settings) -> Iterator[Finding]:
    """Limits that bound nobody, strangers who are believed, secrets that are none, addresses that
    go in clear or lead elsewhere than they seem to."""
    if not settings.network_limit and settings.public:
        text = "one network may call without limit: set REASSORT_NETWORK_LIMIT"
        yield Finding("network_limit", Grade.WARNING, text)
    if settings.security_code_price == "off" and settings.public:
        text = "programs read security codes, and nothing else is asked of them: unset " + PRICE
        yield Finding("security_code", Grade.WARNING, text)
    if wide := _believes_too_many(settings.trusted_proxies):
        text = f"{wide}: strangers are believed about whose calls theirs are; name your proxies"
        yield Finding("proxies", Grade.BAD, text)
    if strange := sorted(filter(_goes_in_clear, settings.allowed_origins)):
        text = f"pages may ask that can be changed on their way: {', '.join(strange)}"
        yield Finding("cors", Grade.BAD, text)
    if settings.receipts_url and not is_https_or_on_this_machine(settings.receipts_url):
        text = "receipts come in clear: REASSORT_RECEIPTS_URL begins with https://"
        yield Finding("receipts", Grade.BAD, text)
    if 0 < len(settings.metrics_token.get_secret_value()) < SHORTEST_TOKEN:
        text = f"REASSORT_METRICS_TOKEN can be guessed: {SHORTEST_TOKEN} characters at least"
        yield Finding("metrics", Grade.BAD, text)
    yield from _portal(settings)
    yield from _links(settings)


def _portal(settings: Settings) -> Iterator[Finding]:
    """Links to the page that a portal of ours would have, where there is none."""
    page = urlsplit(settings.link_template.partition("#")[0]).path
    if settings.public and not settings.portal and not settings.partner_links and page == PAGE:
        text = (
            f"links lead to {PAGE}, and no portal is served here: set REASSORT_PORTAL=true, unless "
            "`serve --portal` does it or pages of your own stand there"
        )
        yield Finding("portal", Grade.WARNING, text)


def _links(settings: Settings) -> Iterator[Finding]:
    named = {"the portal": settings.link_template, **settings.partner_links}
    for whose, template in named.items():
        if reason := deceptive(template):
            yield Finding("link_template", Grade.BAD, f"{whose}: {reason}")


def deceptive(url: str) -> str | None:
    """Why a reader may take the host of this address for another; None when it is what it looks
    like."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "the link's address cannot be read"
    if "@" in parts.netloc or "\\" in url:
        return "what stands before the host's name looks like it: leave out `@` and `\\`"
    if not host.isascii() or any(part.startswith("xn--") for part in host.split(".")):
        return "letters of the host's name can look like others: write one in plain letters"
    if _is_address(host) and not is_loopback(host):
        return "the host is a number, which no voter knows: write its name"
    if "{token}" in url.partition("#")[0]:
        return "the token stands before the `#`, where servers and logs see it"
    return None


def _is_address(host: str) -> bool:
    """Also as browsers read them: `3405803783` is one."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return host.rpartition(".")[2].isdigit()
    return True


def _believes_too_many(proxies: str) -> str:
    """The networks of the list that are too wide to be proxies."""
    wide: list[str] = []
    for part in filter(None, (each.strip() for each in proxies.split(","))):
        if part != "unix":
            network = ipaddress.ip_network(part)
            wide += [part] if network.prefixlen < WIDEST[network.version] else []
    return ", ".join(wide)


def _goes_in_clear(origin: str) -> bool:
    return not is_https_or_on_this_machine(origin)
