"""Which keys and routes a process is started with, told without a secret."""

from __future__ import annotations

import json
from hashlib import sha256

from graphql_api.settings import Settings

from .sms import routes_of

_DIGEST = 8
_SAID = {
    "email",
    "mail_domains",
    "mail_routes",
    "sms",
    "sms_day_cost",
    "sms_destinations",
    "sms_per_country",
    "sms_per_prefix",
    "sms_routes",
    "smtp_host",
}


def keys_told(settings: Settings) -> str:
    """The ids of the ring's keys, the newest first, and of the password key file by its name."""
    told = ", ".join(key.id for key in settings.keyring.keys)
    return told + (", with a password key file" if settings.password_key_file else "")


def routes_told(settings: Settings) -> str:
    """A digest of all that says where SMS and e-mails go, and at what cost, without secrets; then
    the routes by name, with the providers of SMS."""
    table = settings.model_dump(mode="json", include=_SAID)
    digest = sha256(json.dumps(table, sort_keys=True).encode()).hexdigest()[:_DIGEST]
    sms = " ".join(f"{name}={route.gateway}" for name, route in routes_of(settings).items())
    return f"{digest} {sms}; mail {' '.join(settings.mail_routes or (settings.email,))}"
