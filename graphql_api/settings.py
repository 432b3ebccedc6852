"""Every setting, read from the environment, with what it means, and refused by name when wrong.

Names are `REASSORT_` and the field's name in capitals; only `DATABASE_URL` has no prefix. The page
`docs/reference/settings.md` is made from this file.
"""

from __future__ import annotations

import os
import re
from base64 import urlsafe_b64decode
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from core.errors import InvalidFields
from core.keys import Keyring, SecretKey
from core.policy import PROFILES
from core.voter import EmailAddress
from core.voting_round import Calendar, VotingRound

PREFIX = "REASSORT_"


_ALIASES = {PREFIX + "REGISTER", PREFIX + "SECURITY_CODE"}


class SettingsRefused(Exception):
    """One or more settings are wrong. The text names each with its reason, one a line, and never
    its value."""


class RoundSettings(BaseModel, extra="forbid"):
    """One voting round, as it is written in the calendar."""

    id: str = Field(min_length=1)
    opens_at: datetime
    closes_at: datetime


def _keys(text: SecretStr) -> SecretStr:
    read_keys(text.get_secret_value())
    return text


def read_keys(text: str) -> Keyring:
    """`id:secret` pairs, newest first, with commas between; a secret is 32 bytes or more in
    base64url. Raises `ValueError` without quoting a secret."""
    keys: list[SecretKey] = []
    for pair in text.split(","):
        key_id, _, secret = pair.strip().partition(":")
        try:
            raw = urlsafe_b64decode(secret + "=" * (-len(secret) % 4))
            keys.append(SecretKey(key_id, raw))
        except ValueError:
            raise ValueError(
                "write `id:secret`, newest first, with commas between; a secret is 32 bytes or "
                "more in base64url (make one with `reassort new-key`)"
            ) from None
    return Keyring(tuple(keys))


def _rate(text: str) -> str:
    if text in ("", "none"):
        return ""
    if not re.fullmatch(r"\d+ ?(?:/|per) ?\d* ?(?:second|minute|hour|day)s?", text):
        raise ValueError("write a rate such as `60/minute`, or `none`")
    return text


Rate = Annotated[str, AfterValidator(_rate)]
HourPairs = Annotated[dict[str, str], BeforeValidator(lambda value: value or {})]


class Settings(BaseSettings):
    """The settings of one deployment. Frozen once read."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True
    )

    # -- Secrets --
    keys: Annotated[SecretStr, AfterValidator(_keys)] = Field(
        description="Secret keys as `id:secret`, newest first, with commas between. The newest "
        "makes links, passwords and pseudonyms; older ones are still understood."
    )

    # -- The election --
    voting_rounds: tuple[RoundSettings, ...] = Field(
        default=(),
        description='The calendar, as JSON: `[{"id": ..., "opens_at": ..., "closes_at": '
        "...}]`, dates with a time zone. Without an open round, renewal is closed.",
    )
    policy: Literal["standard", "strict", "trial"] = Field(
        default="standard",
        description="The named set of lifetimes and quotas: `standard` (links live 60 minutes, "
        "5 attempts), `strict` (15 minutes, 3 attempts, 16 characters) or `trial` (no quotas: "
        "never for a real vote).",
    )

    # -- Where data lives --
    data_dir: Path = Field(
        default=Path("reassort-data"), description="Folder of the files below, made if missing."
    )
    database_url: str = Field(
        default="",
        validation_alias=AliasChoices("database_url", "DATABASE_URL"),
        description="`sqlite:///relative/path` or `sqlite:////absolute/path` of the recovery "
        "store. Empty: `recovery.sqlite3` in the data folder.",
    )
    store_lock_timeout: float = Field(
        default=5,
        gt=0,
        description="Seconds to wait for another process's write before giving up.",
    )

    # -- The register --
    register_kind: Literal["sqlite", "rest"] = Field(
        default="sqlite",
        validation_alias=AliasChoices("register_kind", PREFIX + "REGISTER"),
        description="`sqlite`: the file made by `reassort import-register`; `rest`: a service "
        "that speaks the documented contract.",
    )
    register_url: str = Field(default="", description="Address of the REST register.")
    register_token: SecretStr = Field(
        default=SecretStr(""), description="Bearer token for the REST register."
    )

    # -- The security code --
    security_code_kind: Literal["digits"] = Field(
        default="digits",
        validation_alias=AliasChoices("security_code_kind", PREFIX + "SECURITY_CODE"),
        description="`digits`: four digits as a picture and as a sound.",
    )

    # -- E-mail --
    link_template: str = Field(
        default="http://127.0.0.1:8000/renouveler#token={token}",
        description="The page that the e-mail's link opens, with `{token}` in its fragment. Never "
        "taken from a request.",
    )
    partner_links: dict[str, str] = Field(
        default_factory=dict,
        description="Link templates of partners' front ends, as JSON by the name that they give as "
        '`partner`: `{"consulat": "https://consulat.example.org/mdp#token={token}"}`. A name '
        "that is not here is refused.",
    )
    email: Literal["smtp", "inbox"] = Field(
        default="smtp",
        description="`smtp`: a relay; `inbox`: kept in a file and shown at `/dev/inbox`, for "
        "trials only.",
    )
    email_sender: str = Field(
        default="ne-pas-repondre@example.org", description="The address in `From`."
    )
    email_sender_name: str = Field(default="Vote par internet", description="The name in `From`.")
    smtp_host: str = Field(default="127.0.0.1", description="The relay's host name.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="The relay's port.")
    bounce_address: str = Field(
        default="", description="The envelope's sender, where bounces go; empty: the sender."
    )
    smtp_security: Literal["starttls", "tls", "plain"] = Field(
        default="starttls",
        description="`starttls` (demanded, never fallen back from), `tls` from the first byte, or "
        "`plain` for a relay on this machine.",
    )
    smtp_ca_file: Path | None = Field(
        default=None, description="Certificates to trust in place of the system's."
    )
    smtp_connections: int = Field(
        default=1, ge=1, le=64, description="Connections that are kept open to the relay."
    )
    smtp_username: str = Field(default="", description="Login at the relay; empty: no login.")
    smtp_password: SecretStr = Field(
        default=SecretStr(""), description="Password for the login at the relay."
    )
    smtp_timeout: float = Field(
        default=20, gt=0, description="Seconds for each step of the conversation."
    )

    # -- SMS --
    sms: Literal["kannel", "ovh", "inbox"] = Field(
        default="kannel",
        description="`kannel`: a Kannel gateway; `ovh`: OVHcloud's SMS API; `inbox`: kept in a "
        "file and shown at `/dev/inbox`, for trials only.",
    )
    sms_sender: str = Field(
        default="VOTE", description="Sender ID: at most 11 letters and digits, or a number."
    )
    sms_senders_by_prefix: dict[str, str] = Field(
        default_factory=dict,
        description='Other sender IDs by E.164 prefix, as JSON: `{"+1": "+15550100"}`. The '
        "longest prefix wins.",
    )
    kannel_url: str = Field(
        default="http://127.0.0.1:13013/cgi-bin/sendsms", description="Kannel's sendsms address."
    )
    kannel_username: str = Field(default="", description="Kannel's sendsms user.")
    kannel_password: SecretStr = Field(
        default=SecretStr(""), description="Kannel's sendsms password."
    )
    ovh_service: str = Field(default="", description="OVHcloud: name of the SMS service.")
    ovh_application_key: str = Field(default="", description="OVHcloud: application key.")
    ovh_application_secret: SecretStr = Field(
        default=SecretStr(""), description="OVHcloud: application secret."
    )
    ovh_consumer_key: SecretStr = Field(
        default=SecretStr(""), description="OVHcloud: consumer key."
    )

    # -- Assistance --
    assistance_email: str = Field(
        default="assistance@example.org",
        description="Mailbox of the assistance cell: messages from the help form go there.",
    )
    assistance_phone: str = Field(default="", description="The cell's number, as shown to voters.")
    assistance_hours: HourPairs = Field(
        default_factory=dict,
        description='Opening hours by language, as JSON: `{"fr": ..., "en": ...}`.',
    )

    # -- The gateway --
    network_limit: Rate = Field(
        default="30/minute",
        description="Uses of one mutation by one client network (an IPv4 address or an IPv6 /64), "
        "in this process; `none` for no limit.",
    )
    overall_limit: Rate = Field(
        default="",
        description="Uses of one mutation by everyone, in this process; `none`, or empty, for no "
        "limit.",
    )
    longest_body: int = Field(
        default=65536, ge=1024, description="Bytes of a request's body; longer ones get 413."
    )
    portal: bool = Field(
        default=False, description="Serve the reference front end: the six screens, at `/`."
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
        description="Addresses or networks of the reverse proxies in front, with commas between: "
        "from them, and from nobody else, `X-Forwarded-For` is believed.",
    )
    connections: int = Field(
        default=1000,
        ge=1,
        description="Connections at once; whoever comes beyond that gets 503 at once.",
    )
    stop_grace: float = Field(
        default=20,
        gt=0,
        description="Seconds that requests and jobs in flight have to end when told to stop.",
    )

    # -- The worker --
    job_concurrency: int = Field(
        default=8, ge=1, le=256, description="Jobs of each kind that run at once in one worker."
    )
    job_lease: float = Field(
        default=60,
        ge=1,
        description="Seconds after which the jobs of a worker that died are due again. Longer "
        "than any neighbour's time limit.",
    )
    password_threads: int = Field(
        default=2, ge=1, le=64, description="Threads that hash passwords (argon2id)."
    )

    # -- Logs --
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least important level that is written."
    )
    log_format: Literal["json", "pretty"] = Field(
        default="json", description="One JSON object a line, or coloured text for a person."
    )

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, url: str) -> str:
        if url and not re.match(r"sqlite:///.", url):
            raise ValueError("this version speaks SQLite only: write `sqlite:///path`")
        return url

    @field_validator("voting_rounds")
    @classmethod
    def _sound_calendar(cls, rounds: tuple[RoundSettings, ...]) -> tuple[RoundSettings, ...]:
        _calendar(rounds)
        return rounds

    def missing(self) -> list[str]:
        """What the chosen adapters cannot do without and was not given, as variables' names."""
        kannel, ovh = self.sms == "kannel", self.sms == "ovh"
        needed = {
            "register_url": self.register_kind == "rest",
            "register_token": self.register_kind == "rest",
            "kannel_username": kannel,
            "kannel_password": kannel,
            "ovh_service": ovh,
            "ovh_application_key": ovh,
            "ovh_application_secret": ovh,
            "ovh_consumer_key": ovh,
        }
        lacking = [name for name, is_needed in needed.items() if is_needed and self._lacks(name)]
        return [PREFIX + name.upper() for name in lacking]

    def _lacks(self, name: str) -> bool:
        value = getattr(self, name)
        return not (value.get_secret_value() if isinstance(value, SecretStr) else value)

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        for each in filter(None, (part.strip() for part in text.split(","))):
            try:
                ip_network(each)
            except ValueError:
                raise ValueError("write addresses or networks, with commas between") from None
        return text

    @field_validator("email_sender", "assistance_email", "bounce_address")
    @classmethod
    def _mailbox(cls, text: str) -> str:
        try:
            return EmailAddress.parse(text).value if text else text
        except InvalidFields:
            raise ValueError("this is not an e-mail address") from None

    @field_validator("sms_sender")
    @classmethod
    def _sender_id(cls, text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9]{1,11}|\+?\d{3,15}", text):
            raise ValueError("a sender ID is at most 11 letters and digits, or a number")
        return text

    @field_validator("link_template")
    @classmethod
    def _fragment(cls, text: str) -> str:
        before, _, fragment = text.partition("#")
        if "{token}" in before or fragment.count("{token}") != 1:
            raise ValueError("it holds `{token}` once, after the `#`")
        return text

    def unknown_names(self) -> list[str]:
        """Variables that look like settings and are none: typing errors, mostly."""
        known = {PREFIX + name.upper() for name in Settings.model_fields} | _ALIASES
        return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)

    @property
    def keyring(self) -> Keyring:
        return read_keys(self.keys.get_secret_value())

    @property
    def calendar(self) -> Calendar:
        return _calendar(self.voting_rounds)

    @property
    def renewal_policy(self):
        return PROFILES[self.policy]

    @property
    def database(self) -> Path:
        """The recovery store's file."""
        if self.database_url:
            return Path(self.database_url.removeprefix("sqlite:///"))
        return self.data_dir / "recovery.sqlite3"

    @property
    def register_file(self) -> Path:
        return self.data_dir / "register.sqlite3"

    @property
    def credentials_file(self) -> Path:
        return self.data_dir / "credentials.sqlite3"

    @property
    def inbox_file(self) -> Path:
        return self.data_dir / "inbox.jsonl"


def _calendar(rounds: tuple[RoundSettings, ...]) -> Calendar:
    return Calendar.of(VotingRound(each.id, each.opens_at, each.closes_at) for each in rounds)


def read_settings(**given: object) -> Settings:
    """The settings from the environment, `given` ones first. Raises `SettingsRefused`."""
    try:
        return Settings(**given)  # pyright: ignore[reportArgumentType]
    except ValidationError as refusal:
        raise SettingsRefused("\n".join(_named(each) for each in refusal.errors())) from None
    except SettingsError as refusal:
        field = re.search(r'field "(\w+)"', str(refusal))
        name = PREFIX + field[1].upper() if field else "a setting"
        raise SettingsRefused(f"{name}: this is not JSON") from None


def _named(error) -> str:
    place = [str(part) for part in error["loc"]]
    name = place[0] if place else ""
    shown = name.upper() if name.isupper() or name == "database_url" else PREFIX + name.upper()
    if name.upper().startswith(PREFIX):
        shown = name.upper()
    reason = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing" and name == "keys":
        reason = "needed: make a key with `reassort new-key`"
    where = f" ({'.'.join(place[1:])})" if place[1:] else ""
    return f"{shown}{where}: {reason}" if name else reason
