"""Envelope: whom an e-mail is from and for in SMTP, and how the relay is to report on it."""

from __future__ import annotations

from dataclasses import dataclass

import aiosmtplib
from aiosmtplib import SMTPStatus

from core.errors import MessageRefused

from .mailbox import Mailbox
from .smtp_conversation import DATA, Command

_LONGEST_LOCAL = 64
"""RFC 5321, 4.5.3.1.1."""
_NAME = "{sending}"
_NO_SMTPUTF8 = "the relay does not take internationalised addresses (SMTPUTF8)"


@dataclass(frozen=True)
class BounceAddress:
    """The envelope's sender. By `template` each sending has one of its own (VERP), so that a report
    is tied by the address that it comes to, whatever the relay made of the Message-ID."""

    address: str
    template: str = ""
    """An address that holds `{sending}` once, before the `@`; empty: `address` for all."""

    def __post_init__(self) -> None:
        Mailbox.parse(self.address)
        if self.template:
            local, _, _ = self.template.rpartition("@")
            if local.count(_NAME) != 1 or self.template.count("{") != 1:
                raise ValueError("a bounce address by sending holds {sending} once, before the @")
            Mailbox.parse(self.template.replace(_NAME, "r.link.1.a"))

    def of(self, sending: str | None) -> str:
        """For a sending's name, if the address can hold it."""
        own = self.template.replace(_NAME, sending or "")
        fits = sending and self.template and len(own.rpartition("@")[0]) <= _LONGEST_LOCAL
        return Mailbox.parse(own if fits else self.address).address


@dataclass(frozen=True)
class Envelope:
    """One e-mail's envelope. `sending` is its name for `ENVID`."""

    sender: str
    recipient: Mailbox
    sending: str | None

    async def commands(self, relay: aiosmtplib.SMTP) -> tuple[Command, ...]:
        """MAIL, RCPT and DATA. A relay that offers DSN (RFC 3461) is asked to report failures and
        delays, and to send back the headers alone: the content holds a link.

        Raises what `aiosmtplib` raises, and `MessageRefused`.
        """
        await _greet(relay)
        encoding = "utf-8" if self.recipient.needs_smtputf8 else "ascii"
        mail, rcpt = self._options(relay)
        sender, recipient = self.sender, self.recipient.address
        return (
            Command(
                " ".join((f"MAIL FROM:<{sender}>", *mail)).encode(encoding),
                (SMTPStatus.completed,),
                lambda code, said: aiosmtplib.SMTPSenderRefused(code, said, sender),
            ),
            Command(
                " ".join((f"RCPT TO:<{recipient}>", *rcpt)).encode(encoding),
                (SMTPStatus.completed, SMTPStatus.will_forward),
                lambda code, said: aiosmtplib.SMTPRecipientRefused(code, said, recipient),
            ),
            DATA,
        )

    def _options(self, relay: aiosmtplib.SMTP) -> tuple[list[str], list[str]]:
        mail: list[str] = []
        if self.recipient.needs_smtputf8:
            if not relay.supports_extension("smtputf8"):
                raise MessageRefused(_NO_SMTPUTF8)
            mail.append("SMTPUTF8")
        if not relay.supports_extension("dsn"):
            return mail, []
        mail.append("RET=HDRS")
        if self.sending:
            mail.append(f"ENVID={self.sending}")
        return mail, ["NOTIFY=FAILURE,DELAY"]


LACKING = {
    "dsn": "it offers no DSN (RFC 3461): a returned e-mail may come back whole, with its link, and "
    "a delay is not told",
    "smtputf8": "it takes no SMTPUTF8: a voter whose address is not ASCII before the @ gets no "
    "e-mail by it",
}
"""What follows where a relay does not offer an extension."""


async def lacking(relay: aiosmtplib.SMTP) -> list[str]:
    """Of a connected relay. Raises what `aiosmtplib` raises."""
    await _greet(relay)
    return [said for name, said in LACKING.items() if not relay.supports_extension(name)]


async def _greet(relay: aiosmtplib.SMTP) -> None:
    if relay.is_ehlo_or_helo_needed:
        try:
            await relay.ehlo()
        except aiosmtplib.SMTPHeloError:
            await relay.helo()
