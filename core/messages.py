"""What is said to voters and to those who look after them, and by which channel it may be said.

The password goes by SMS and never by e-mail; the identifier never goes by SMS: not as a fallback,
not by mistake (R9; code électoral, R176-3-7). The types below make the other way impossible to
write: no e-mail can hold a `Password`, and the only SMS is the one with the password.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.errors import ForbiddenChannel
from core.locale import Locale
from core.password_issuer import Password
from core.voter import EmailAddress, Identifier, PhoneNumber


class Channel(StrEnum):
    """The two separate channels."""

    EMAIL = "email"
    SMS = "sms"


class MessageKind(StrEnum):
    """Every message that the product can send."""

    LINK = "link"
    NO_PHONE = "no_phone"
    PHONE_UNUSABLE = "phone_unusable"
    IDENTIFIER_RENEWED = "identifier_renewed"
    ROUND_CLOSED = "round_closed"
    RENEWALS_STOPPED = "renewals_stopped"
    LINK_WITHDRAWN = "link_withdrawn"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_NOT_SENT = "password_not_sent"
    ASSISTANCE = "assistance"
    ALERT = "alert"
    """To operators."""
    PASSWORD = "password"

    @property
    def channel(self) -> Channel:
        """The one channel of this message: there is none to fall back to."""
        return Channel.SMS if self is MessageKind.PASSWORD else Channel.EMAIL


Fact = str | int | datetime
"""What a template may be given."""


@dataclass(frozen=True)
class EmailMessage:
    """One e-mail to be written out by a template of its kind and locale.

    `id` is the delivery's and stays the same over retries: the Message-ID is made from it (R34).
    Raises `ForbiddenChannel` when given a `Password`, or a kind that is not an e-mail's.
    """

    id: str
    kind: MessageKind
    to: EmailAddress
    locale: Locale
    facts: Mapping[str, Fact] = field(default_factory=dict[str, Fact], repr=False)
    sending: int = 1
    """Which try it is: the envelope names it, so that a report on an earlier one can be told."""
    edition: int = 1
    """Which text it has: with another link it is another e-mail, with a Message-ID of its own."""

    def __post_init__(self) -> None:
        if self.kind.channel is not Channel.EMAIL:
            raise ForbiddenChannel(f"{self.kind} never goes by e-mail")
        if any(isinstance(fact, Password) for fact in self.facts.values()):
            raise ForbiddenChannel("a password never goes by e-mail")


@dataclass(frozen=True)
class PasswordSms:
    """The SMS with the new password, and when it was issued: only the latest counts (R19).

    Raises `ForbiddenChannel` when given anything but a `Password`: an identifier, above all.
    """

    id: str
    to: PhoneNumber
    locale: Locale
    password: Password
    issued_at: datetime
    is_last: bool = False
    """Whether the voter has no renewal left for now: the SMS then says whom to ask (R61)."""

    def __post_init__(self) -> None:
        if isinstance(self.password, Identifier):
            raise ForbiddenChannel("an identifier never goes by SMS")
        if not isinstance(self.password, Password):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ForbiddenChannel("an SMS carries a password and nothing else")


@dataclass(frozen=True)
class Acceptance:
    """A relay or provider took the message over; `reference` is its own name for it, if any."""

    route: str
    reference: str | None = None
