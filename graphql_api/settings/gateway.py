"""What the gateway serves, and to how many."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from graphql_api.access.client_network import Proxies

from .section import Section

_LIMITS_URL = re.compile(r"(?:(?:valkey|redis)s?://[^/?#]+(?:/\d*)?|unix:///[^?#]+)(?:\?[^#]*)?")


def _rate(text: str) -> str:
    if text in ("", "none"):
        return ""
    if not re.fullmatch(r"\d+ ?(?:/|per) ?\d* ?(?:second|minute|hour|day)s?", text):
        raise ValueError("write a rate such as `60/minute`, or `none`")
    return text


Rate = Annotated[str, AfterValidator(_rate)]


def _page_address(text: str) -> str:
    if text and not re.fullmatch(
        r"(?:https?://[^\s/\"<>]+)?/[^\s\"<>]*|https?://[^\s/\"<>]+", text
    ):
        raise ValueError("write an address such as `https://vote.example.org/accessibility`")
    return text


PageAddress = Annotated[str, AfterValidator(_page_address)]


class GatewaySettings(Section):
    """The gateway"""

    network_limit: Rate = Field(
        default="30/minute",
        description="Uses of one mutation by one client network (an IPv4 address or an IPv6 /64; "
        "four times as many by a /56, sixteen times by a /48); `none` for no limit.",
    )
    overall_limit: Rate = Field(
        default="6000/minute",
        description="Uses of one mutation by everyone; `none`, or empty, for no limit. A hundred a "
        "second, whoever they are from: robots on many networks do not fill the day.",
    )
    assistance_limit: Rate = Field(
        default="5/hour",
        description="Messages to the assistance cell by one client network, where "
        "`REASSORT_NETWORK_LIMIT` is set.",
    )
    assistance_address_limit: Rate = Field(
        default="3/hour",
        description="Messages to the assistance cell in the name of one e-mail address, whoever "
        "types it; `none`, or empty, for no limit.",
    )
    assistance_mailbox_limit: Rate = Field(
        default="240/hour",
        description="Messages to the assistance cell from everyone; `none`, or empty, for no "
        "limit. What people can read: a mailbox that is flooded helps nobody.",
    )
    limits_url: SecretStr = Field(
        default=SecretStr(""),
        description="Where several processes count limits together: `valkey://host:port/db`, "
        "`valkeys://` for TLS; `redis://` and `rediss://` alike. Empty: each process counts for "
        "itself.",
    )
    limits_password: SecretStr = Field(
        default=SecretStr(""),
        description="The password there, in place of the URL's.",
    )
    longest_body: int = Field(
        default=65536, ge=1024, description="Bytes of a request's body; longer ones get 413."
    )
    portal: bool = Field(
        default=False, description="Serve the reference front end: the six screens, at `/`."
    )
    portal_accessibility_url: PageAddress = Field(
        default="",
        description="The statement on accessibility, in the foot of every page of the portal; "
        "empty: not there.",
    )
    portal_legal_url: PageAddress = Field(
        default="", description="The legal notice, in the same place; empty: not there."
    )
    portal_privacy_url: PageAddress = Field(
        default="",
        description="What becomes of personal data, in the same place; empty: not there.",
    )
    bad_credentials_limit: Rate = Field(
        default="30/minute",
        description="Credentials that are not accepted from one client network, where "
        "`REASSORT_NETWORK_LIMIT` is set; more are answered 429. Good ones always pass.",
    )
    documents_limit: Rate = Field(
        default="120/minute",
        description="Documents not seen before that are read for one client network, where "
        "`REASSORT_NETWORK_LIMIT` is set: parsing and checking one costs more than most answers.",
    )
    fallback_limit: Rate = Field(
        default="10/minute",
        description="Proofs of work that one client network is given while the captcha is out.",
    )
    dev_inbox: bool = Field(
        default=False,
        description="Serve `/dev/inbox` and lay the answers to security codes open there. For "
        "trials only: whoever can open it can renew any password.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks of the reverse proxies in front, with commas between, "
        "and `unix` for one that connects over a Unix-domain socket: from them, and from nobody "
        "else, `X-Forwarded-For` is believed.",
    )
    processes: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Processes of `reassort serve`; its option `--processes` goes before this.",
    )
    connections: int = Field(
        default=1000,
        ge=1,
        description="Connections at once in each process. Beyond that the one on whose caller the "
        "process has waited longest is dropped; while all are being worked for, requests get 503 "
        "at once, except for `/healthz`, `/readyz` and `/metrics`.",
    )
    longest_head: int = Field(
        default=32768,
        ge=1024,
        description="Bytes of a request's first line and headers together (431).",
    )
    head_patience: float = Field(
        default=10,
        gt=0,
        description="Seconds from a new connection, or a further request's first byte, to the end "
        "of the headers (408).",
    )
    requests_at_once: int = Field(
        default=128,
        ge=1,
        description="Requests to `/graphql` that a process works on at once; others wait for "
        "their turn, unless their callers hang up.",
    )
    request_patience: float = Field(
        default=10,
        gt=0,
        description="Seconds that a request waits for its turn; then it gets 503, and nothing "
        "was consumed. Sooner when too many wait: with those that are worked on more than 64, for "
        "longer than 0.1 s.",
    )
    stop_grace: float = Field(
        default=20,
        gt=0,
        description="Seconds that requests and jobs in flight have to end when told to stop.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        try:
            Proxies(text)
        except ValueError:
            raise ValueError("write addresses or networks, or `unix`, commas between") from None
        return text

    @field_validator("limits_url")
    @classmethod
    def _readable_url(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        try:
            readable = not text or (_LIMITS_URL.fullmatch(text) and (urlsplit(text).port or True))
        except ValueError:
            readable = False
        if not readable:
            raise ValueError("write `valkey://host:port/db`, or `valkeys://` for TLS")
        return url

    @property
    def limits_are_shared(self) -> bool:
        return bool(self.limits_url.get_secret_value())
