"""How strict a renewal is: lifetimes, quotas, shapes. Named profiles, each a frozen set."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

UNAMBIGUOUS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 symbols without I, O, 0 and 1: five bits each (R11)."""

LONGEST_LINK_LIFETIME = timedelta(hours=24)
"""NIST SP 800-63B-4, 4.2.1.2 (R17)."""
LEAST_PASSWORD_BITS = 60


@dataclass(frozen=True)
class RenewalPolicy:
    """Every figure of the flow that an authority may set. Wrong ones are refused by name."""

    link_lifetime: timedelta = timedelta(minutes=60)
    """From the sending of the e-mail to the link's end (R17)."""
    link_attempts: int = 5
    """Wrong identifiers that a link bears from one network (R16)."""
    link_networks: int = 4
    """From so many networks, all in all; then each has `link_attempts_anyhow`. Who reads the
    mailbox and types wrong identifiers does not take the link from the voter elsewhere, however
    many networks he has (R61)."""
    link_attempts_anyhow: int = 3
    """Wrong identifiers that a link bears from one network whatever others have typed: a voter may
    mistype two."""
    link_cooldown: timedelta = timedelta(minutes=2)
    """A voter who was written to less than this ago is not written to again."""
    messages_per_window: int = 3
    """E-mails that requests may cause to one voter within `quota_window`, while she holds a link
    that works (R26)."""
    messages_per_day: int = 6
    """E-mails to one voter within 24 hours, the notices of renewals included, unless an SMS did not
    arrive. The last link of a day lives until the next may follow (R61)."""
    messages_per_round: int = 20
    """The same within a voting round, of which each remaining day keeps one (R61)."""
    explanations_per_day: int = 2
    """E-mails within 24 hours that tell one voter why there is no link."""
    renewals_per_day: int = 3
    """Confirmed renewals of one voter within 24 hours (R61)."""
    renewals_per_round: int = 6
    """The same within a voting round."""
    requests_per_window: int = 10
    """Requests with the same number and e-mail that are examined within `quota_window` (R26)."""
    quota_window: timedelta = timedelta(minutes=50)
    """With the cool-down, never longer than `link_lifetime`: anyone who is over quota still holds a
    link that works, so nobody can lock a voter out by asking in their name."""
    cooldown_growth: int = 4
    """By what the cool-down is multiplied for each e-mail of a day from the third on, while the
    voter holds a link that works."""
    security_code_lifetime: timedelta = timedelta(minutes=10)
    identifier_length: int = 12
    password_length: int = 12
    password_alphabet: str = UNAMBIGUOUS
    message_deadline: timedelta = timedelta(hours=6)
    """A message that no relay took for so long ends as *expired*."""

    def __post_init__(self) -> None:
        self._check("link_lifetime", timedelta(0) < self.link_lifetime <= LONGEST_LINK_LIFETIME)
        self._check("link_attempts", self.link_attempts >= 1)
        self._check("link_networks", self.link_networks >= 1)
        self._check("link_attempts_anyhow", 1 <= self.link_attempts_anyhow <= self.link_attempts)
        self._check("link_cooldown", timedelta(0) <= self.link_cooldown <= self.link_lifetime)
        self._check("messages_per_window", self.messages_per_window >= 1)
        self._check("requests_per_window", self.requests_per_window >= self.messages_per_window)
        self._check("messages_per_day", self.messages_per_day >= self.messages_per_window)
        self._check("messages_per_round", self.messages_per_round >= self.messages_per_day)
        self._check("explanations_per_day", self.explanations_per_day >= 1)
        self._check("renewals_per_day", self.renewals_per_day >= 1)
        self._check("renewals_per_round", self.renewals_per_round >= self.renewals_per_day)
        self._check("cooldown_growth", self.cooldown_growth >= 1)
        longest_window = self.link_lifetime - self.link_cooldown
        self._check("quota_window", timedelta(0) < self.quota_window <= longest_window)
        self._check("security_code_lifetime", self.security_code_lifetime > timedelta(0))
        self._check("identifier_length", 4 <= self.identifier_length <= 64)
        self._check("password_length", 1 <= self.password_length <= 64)
        self._check("password_alphabet", self._password_is_strong())
        self._check("message_deadline", self.message_deadline > timedelta(0))

    @property
    def link_attempts_in_all(self) -> int:
        return self.link_attempts * self.link_networks

    @property
    def messages_while_live(self) -> int:
        """How many e-mails of a day leave room for one more to a voter who holds a link: for the
        notice when it is used, and for another link and its notice. So nobody uses up by asking
        what she needs should her SMS be lost."""
        return self.messages_per_day - 4

    def cooldown_after(self, messages: int) -> timedelta:
        """How long a voter who holds a link and was written to so often within a day waits for the
        next e-mail: at most as long as a link may live."""
        steps = min(max(0, messages - 2), 12)
        return min(self.link_cooldown * self.cooldown_growth**steps, LONGEST_LINK_LIFETIME)

    def _password_is_strong(self) -> bool:
        """Every symbol once and plain ASCII, so that one GSM 03.38 segment holds it (R33)."""
        symbols = set(self.password_alphabet)
        plain = self.password_alphabet.isascii() and self.password_alphabet.isalnum()
        distinct = len(symbols) == len(self.password_alphabet)
        return plain and distinct and len(symbols) ** self.password_length >= 2**LEAST_PASSWORD_BITS

    def _check(self, name: str, holds: bool) -> None:
        if not holds:
            raise ValueError(f"renewal policy: {name} is out of bounds: {getattr(self, name)!r}")


STANDARD = RenewalPolicy()
STRICT = replace(
    STANDARD,
    link_lifetime=timedelta(minutes=15),
    quota_window=timedelta(minutes=12),
    link_attempts=3,
    security_code_lifetime=timedelta(minutes=5),
    password_length=16,
)
TRIAL = replace(
    STANDARD,
    link_cooldown=timedelta(0),
    messages_per_window=1000,
    messages_per_day=1000,
    messages_per_round=100_000,
    explanations_per_day=1000,
    renewals_per_day=1000,
    renewals_per_round=100_000,
    requests_per_window=1000,
)
"""For tests and load trials: one voter may renew over and over."""

PROFILES = {"standard": STANDARD, "strict": STRICT, "trial": TRIAL}
