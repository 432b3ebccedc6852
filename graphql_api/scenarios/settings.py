"""The settings of a sandbox: its own, and none of the machine's that it runs on."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic_settings import PydanticBaseSettingsSource

from graphql_api.settings import Settings

from .scenario import CONSTITUENCY, PARTNER, ROUND

Price = Literal["offered", "required"]
"""What is asked of who calls without credentials, for digits."""


@dataclass(frozen=True)
class SandboxOptions:
    """What a sandbox is told. `base`: its own address. `at`: where its clock stands still; None: it
    runs. `limited`: callers are held to the limits of production. `link_template`: the partner's
    page behind the e-mail's link; empty: the portal's."""

    base: str
    seed: str = "reassort"
    at: datetime | None = None
    limited: bool = True
    link_template: str = ""
    capped: bool = False
    """Voters are held to the caps of production."""
    bounces: bool = True
    """Mail servers' reports come to the gateway."""
    origins: tuple[str, ...] = ()
    """Of other sites' pages that may ask, as browsers write them."""
    subgraph: bool = False
    """Be a subgraph, whose router shows `ROUTER_SECRET` and is on this machine."""
    price: Price = "offered"


LIMITS = (
    "network_limit",
    "overall_limit",
    "assistance_address_limit",
    "assistance_mailbox_limit",
)


ROUTER_SECRET = "sandbox-router-secret-that-everyone-knows"
PARTNER_USES = 600
"""Of a field by the partner, each minute."""
ENDLESS = {
    "renewals_per_day": 10_000,
    "renewals_per_round": 100_000,
    "messages_per_day": 10_000,
    "messages_per_round": 100_000,
    "explanations_per_day": 10_000,
}
"""A partner's tests renew the few voters of the table over and over."""


PACED, DEAR = "sandbox-paced", "sandbox-dear"
NEAR = "127.0.0.0/8,::1"
"""Where a router stands that tells for whom it asks."""
COST, MOST_COST = 0.05, 10_000
ROUTES: dict[str, dict[str, Any]] = {
    "sandbox": {},
    "sandbox-busy": {},
    PACED: {"rate": 1 / (2 * 3600)},
    DEAR: {"cost": {"*": 2 * MOST_COST}},
}
"""None says when its receipts are due: they are not waited for. Two more: one with a place every
two hours, one that costs more than all SMS of a day may."""
DESTINATIONS = {
    "AR": ("sandbox-busy",),
    "+33639981": (PACED,),
    "+33639982": (DEAR,),
    "*": ("sandbox",),
}


class SandboxSettings(Settings):
    """As in a deployment, whatever the environment says."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: Any,
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


class SettingsWithoutBounces(SandboxSettings):
    """As in a deployment whose `REASSORT_BOUNCE_ADDRESS` is empty."""

    @property
    def bounces_read(self) -> bool:
        return False


def sandbox_settings(options: SandboxOptions, now: datetime) -> Settings:
    """The settings of one room that opens `now`. Raises `ValueError`."""
    template = options.link_template or f"{options.base}/renouveler#token={{token}}"
    given: dict[str, Any] = {
        "keys": _key(options.seed),
        "data_dir": Path(),  # is there, and nothing is put into it
        "voting_rounds": [_round(now)],
        "email": "inbox",
        "mail_routes": {"inbox": {}, "inbox-other": {}},
        "sms_routes": {
            name: {"gateway": "inbox", "cost": {"*": COST}, **more} for name, more in ROUTES.items()
        },
        "sms_destinations": DESTINATIONS,
        "sms_day_cost": MOST_COST,
        "dev_inbox": True,
        "portal": True,
        "link_template": template,
        "partner_links": {PARTNER: template},
        "partner_limits": {PARTNER: f"{PARTNER_USES}/minute" if options.limited else "none"},
        "assistance_phone": "+33 1 99 00 00 00",
        "security_code_price": options.price,
        "log_level": "ERROR",
        **({} if options.capped else ENDLESS),
    }
    if options.origins:
        given["cors_origins"] = ",".join(options.origins)
    if options.subgraph:
        given |= {"subgraph": True, "router_secrets": ROUTER_SECRET, "trusted_proxies": NEAR}
    if not options.limited:
        given |= dict.fromkeys(LIMITS, "")
    kind = SandboxSettings if options.bounces else SettingsWithoutBounces
    return kind(**given)


def _key(seed: str) -> str:
    """A key that everyone may know: it guards nothing."""
    secret = urlsafe_b64encode(sha256(f"sandbox:{seed}".encode()).digest()).decode("ascii")
    return f"sandbox:{secret}"


def _round(now: datetime) -> dict[str, Any]:
    return {
        "id": ROUND,
        "opens_at": now - timedelta(days=1),
        "closes_at": now + timedelta(days=30),
        "constituencies": [CONSTITUENCY],
    }
