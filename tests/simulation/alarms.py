"""Whoever is on call in a simulated election: what comes, and how long after the first loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.store.sql import moment
from core.delivery_figures import AlertRule
from core.messages import Acceptance, EmailMessage

from .election import Election
from .model import Profile

NEVER = datetime.max.replace(tzinfo=UTC)
_FIRST_LOST = "SELECT min(begun_at) FROM attempt WHERE state IN ('failed', 'expired')"


@dataclass
class OnCall:
    """The port `Email`: a mailbox that is read at once."""

    election: Election
    read: list[tuple[datetime, EmailMessage]] = field(default_factory=list)
    first_lost_at: datetime = NEVER

    async def send(self, message: EmailMessage) -> Acceptance:
        ((first,),) = self.election.portal.store.rows(_FIRST_LOST)
        self.first_lost_at = moment(first) if first is not None else self.first_lost_at
        self.read.append((self.election.clock.now(), message))
        return Acceptance("own")

    def told(self) -> list[tuple[str, str, str]]:
        """What each e-mail was about: the notice, the kind, the place."""
        facts = [message.facts for _, message in self.read]
        return [(str(x["notice"]), str(x["kind"]), str(x["value"])) for x in facts]


@dataclass
class Hook:
    """The port `AlertWebhook`: keeps what it is given."""

    taken: list[Mapping[str, object]] = field(default_factory=list)

    async def send(self, notice_id: str, payload: Mapping[str, object]) -> None:
        self.taken.append(payload)


class UntilTold(Election):
    """An election that ends with the first e-mail."""

    on_call: OnCall | None = None

    def _next_moment(self) -> datetime | None:
        told = self.on_call is not None and self.on_call.read
        return None if told else super()._next_moment()


@dataclass(frozen=True)
class Alarm:
    """One election's: how long after the first SMS that was lost the first e-mail came, and by how
    many SMS that had been handed over."""

    after: timedelta | None
    by: int
    told: list[tuple[str, str, str]]


def alarmed(
    profile: Profile, voters: int, seed: str = "2022", rule: AlertRule | None = None
) -> Alarm:
    """Run the election with somebody on call, until the first e-mail or to its end."""
    election = UntilTold(profile, voters, seed)
    on_call = election.on_call = OnCall(election)
    election.portal.alert(on_call, rule or AlertRule(), Hook())
    election.run_to_end()
    if not on_call.read:
        return Alarm(None, 0, on_call.told())
    at = on_call.read[0][0]
    taken = sum(each <= at for route in election.routes.values() for each in route.taken)
    return Alarm(at - on_call.first_lost_at, taken, on_call.told())
