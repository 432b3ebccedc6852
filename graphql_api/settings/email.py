"""The e-mails: what they link to, who sends them, and through which relay."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, SecretStr, field_validator

from core.web_address import origin_of

from .mailbox import Mailbox, MailboxTemplate
from .section import Section


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
