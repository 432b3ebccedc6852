"""The e-mails: what they link to, who sends them, and through which relay."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from core.link_shares import LinkShareRule
from core.mail_routes import ANYWHERE, MailRouteTable
from core.web_address import origin_of

from .mailbox import Mailbox, MailboxTemplate
from .routes import with_secrets
from .section import Section


def _or_empty(value: object) -> object:
    return value or {}


class MailRouteSettings(BaseModel, extra="forbid"):
    """One mail relay, as it is written in the table."""

    options: Annotated[dict[str, Any], AfterValidator(with_secrets)] = Field(default_factory=dict)
    """Settings that differ for this relay; a secret is written as `{"env": "VARIABLE"}` and is a
    `SecretStr` once read."""

    @field_validator("options")
    @classmethod
    def _of_the_relay(cls, options: dict[str, Any]) -> dict[str, Any]:
        strange = [each for each in options if not each.startswith(("smtp_", "bounce_"))]
        if strange:
            raise ValueError(f"no setting of a relay: {', '.join(sorted(strange))}")
        return options


class EmailSettings(Section):
    """E-mail"""

    port: ClassVar[str] = "email"

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
    email_sender: Mailbox = Field(
        default="ne-pas-repondre@example.org", description="The address in `From`."
    )
    email_sender_name: str = Field(default="Vote par internet", description="The name in `From`.")
    smtp_host: str = Field(default="127.0.0.1", description="The relay's host name.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="The relay's port.")
    bounce_address: Mailbox = Field(
        default="", description="The envelope's sender, where bounces go; empty: the sender."
    )
    bounce_template: MailboxTemplate = Field(
        default="",
        description="An envelope's sender for each sending (VERP), in place of "
        "`REASSORT_BOUNCE_ADDRESS`: `r+{sending}@vote.example.org`. Ties bounces of relays that "
        "give e-mails a Message-ID of their own. Where it would be longer than 64 characters "
        "before the `@`, the address stands.",
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
    smtp_deadline: float | None = Field(
        default=None,
        gt=0,
        description="Seconds for a whole e-mail, the waiting for a free connection included; what "
        "is not done by then is tried again later. Unset: three quarters of `REASSORT_JOB_LEASE`.",
    )

    mail_routes: Annotated[dict[str, MailRouteSettings], BeforeValidator(_or_empty)] = Field(
        default_factory=dict,
        description='Relays by name, as JSON: `{"own": {}, "other": {"options": {"smtp_host": '
        '"smtp.example.org", "smtp_password": {"env": "OTHER_PASSWORD"}}}}`. `options`: the '
        "`smtp_…` and `bounce_…` settings that differ for this relay. Empty: the one relay of "
        "`REASSORT_SMTP_HOST`.",
    )
    mail_domains: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_or_empty)] = Field(
        default_factory=dict,
        description="The order of the relays by mailbox domain, subdomains included, as JSON: "
        '`{"aol.com": ["other", "own"], "*": ["own", "other"]}`. `*` is everywhere else; without '
        "it every relay, in the order of `REASSORT_MAIL_ROUTES`.",
    )
    mail_sample: int = Field(
        default=30,
        ge=1,
        description="Fewest links of a relay to a mailbox domain by which it may fall there; never "
        "fewer than `REASSORT_SMALLEST_CELL`, as the domain is then named.",
    )
    mail_falls_below: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="A relay falls in a mailbox domain when fewer of its links are used there than "
        "this part of the share in the other domains.",
    )
    mail_recovers_at: float = Field(
        default=0.7, gt=0, le=1, description="A fallen relay recovers at this part of that share."
    )
    mail_taken_within: float = Field(
        default=300,
        gt=0,
        description="Seconds that all voters are given to use a link before it counts.",
    )
    mail_probes: int = Field(
        default=10, ge=1, description="Fewest links by which a fallen relay may recover."
    )
    mail_probe_one_in: int = Field(
        default=20, ge=0, description="One link in so many probes a fallen relay; 0: none."
    )
    mail_deferred_for: float = Field(
        default=60,
        ge=0,
        description="Seconds that a relay may defer an e-mail before the next one is tried.",
    )

    @property
    def bounces_read(self) -> bool:
        """Whether what mail servers report comes to us: else nobody knows of an e-mail more than
        that a relay took it. Of several relays all must have an address for it."""
        ours = {"bounce_address": self.bounce_address, "bounce_template": self.bounce_template}
        each = [ours | route.options for route in self.mail_routes.values()] or [ours]
        read = all(relay["bounce_address"] or relay["bounce_template"] for relay in each)
        return self.email == "inbox" or read

    @property
    def mail_relays(self) -> tuple[str, ...]:
        """The names of the mail routes; without a table, of the only one."""
        return tuple(self.mail_routes) or (self.email,)

    @property
    def mail_table(self) -> MailRouteTable:
        """The relays by mailbox domain. Raises `ValueError`."""
        order = {ANYWHERE: self.mail_relays} | self.mail_domains
        defers_for = timedelta(seconds=self.mail_deferred_for)
        return MailRouteTable(self.mail_relays, order, defers_for)

    @property
    def link_share_rule(self) -> LinkShareRule:
        """When a relay falls in a mailbox domain. Raises `ValueError`."""
        return LinkShareRule(
            sample=max(self.mail_sample, getattr(self, "smallest_cell", 0)),
            falls_below=self.mail_falls_below,
            recovers_at=self.mail_recovers_at,
            taken_within=timedelta(seconds=self.mail_taken_within),
            probes=self.mail_probes,
            probe_one_in=self.mail_probe_one_in,
        )

    @property
    def partner_origins(self) -> dict[str, str]:
        """Where partners' links lead, as browsers write it; what makes no link is not among them
        and is refused where links are made."""
        found: dict[str, str] = {}
        for partner, template in self.partner_links.items():
            with suppress(ValueError):
                found[partner] = origin_of(template)
        return found

    @property
    def portal_origin(self) -> str:
        """Where the portal's links lead; empty when they lead nowhere."""
        with suppress(ValueError):
            return origin_of(self.link_template)
        return ""

    @field_validator("link_template")
    @classmethod
    def _fragment(cls, text: str) -> str:
        before, _, fragment = text.partition("#")
        if "{token}" in before or fragment.count("{token}") != 1:
            raise ValueError("it holds `{token}` once, after the `#`")
        return text

    @model_validator(mode="after")
    def _known_relays(self) -> Self:
        named = {name for names in self.mail_domains.values() for name in names}
        if named - set(self.mail_relays):
            raise ValueError("mail_domains names a relay that mail_routes does not have")
        _ = self.mail_table, self.link_share_rule
        return self
