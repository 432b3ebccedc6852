"""Worker, at intervals: are the links that each relay carries to each mailbox domain taken? (R51)

Where too few are, the relay has fallen in that domain: links that wait there unused are sent again
by the next one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.delivery import DeliveryState
from core.errors import ConcurrentChange, Overtaken
from core.events import Event, MailRouteFell, MailRouteRecovered
from core.link_shares import LinkCount, LinkShareRule, MailVerdict, elsewhere
from core.mail_attempt import UNHEARD, MailAttempt
from core.policy import LONGEST_LINK_LIFETIME
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, EmailUnit
from core.route_health import Health
from core.use_cases.resend_email import Part, ResendEmail

Place = tuple[str, str]
"""Route and mailbox domain."""
PORTION = 200
DAY = timedelta(days=1)


@dataclass(frozen=True)
class WatchLinks:
    """Judges by what every worker has recorded. Run in several workers, one of them wins."""

    begin: Begin[EmailUnit]
    read: Begin[EmailUnit]
    resend: ResendEmail
    rule: LinkShareRule
    clock: Clock
    events: Events

    async def __call__(self) -> int:
        """How many links are sent again. Raises `StoreUnavailable`."""
        async with self.read() as unit:
            standing = {
                (each.route, each.domain): each for each in await unit.mail_routes.verdicts()
            }
            failing = {p for p, each in standing.items() if each.health is Health.FAILING}
            counts = await self._stretches(unit, failing)
            since = {place: await self._since(unit, standing[place]) for place in failing}
        for here, others in self._fallen(counts, failing, standing):
            await self._judge(Health.FAILING, here, others, standing)
        for place, found in since.items():
            here = found.get(place, LinkCount(*place, 0, 0))
            others = elsewhere(found.values(), place[1], failing)
            now = self.clock.now()
            if self.rule.has_recovered(standing[place].since, here, others, now):
                await self._judge(Health.SOUND, here, others, standing)
        return await self._send_again()

    async def _stretches(
        self, unit: EmailUnit, failing: set[Place]
    ) -> list[Mapping[Place, LinkCount]]:
        """The longer ones only where a shorter one does not tell of every place."""
        found: list[Mapping[Place, LinkCount]] = []
        for stretch in self.rule.stretches:
            found.append(await self._counts(unit, stretch))
            sound = [each for place, each in found[-1].items() if place not in failing]
            if sound and all(each.links >= self.rule.sample for each in sound):
                break
        return found

    async def _counts(self, unit: EmailUnit, stretch: timedelta) -> Mapping[Place, LinkCount]:
        """Of the stretch that ended when its last links had had their time."""
        within = self.rule.taken_within
        before = self.clock.now() - within
        found = await unit.mail_routes.links(before - stretch, before, within)
        return {(each.route, each.domain): each for each in found}

    async def _since(self, unit: EmailUnit, verdict: MailVerdict) -> Mapping[Place, LinkCount]:
        """From the fall on, a day at most."""
        fallen_for = self.clock.now() - self.rule.taken_within - verdict.since
        return await self._counts(unit, max(timedelta(0), min(fallen_for, DAY)))

    def _fallen(
        self,
        counts: list[Mapping[Place, LinkCount]],
        failing: set[Place],
        standing: Mapping[Place, MailVerdict],
    ) -> Iterator[tuple[LinkCount, LinkCount]]:
        """Each place that falls, by the shortest stretch that tells, and what is usual there. What
        was before a recovery tells nothing."""
        judged, before = set(failing), self.clock.now() - self.rule.taken_within
        for span, stretch in zip(self.rule.stretches, counts, strict=False):
            for place, here in stretch.items():
                others = elsewhere(stretch.values(), place[1], failing)
                if place in judged or min(here.links, others.links) < self.rule.sample:
                    continue
                if place in standing and before - span < standing[place].since:
                    continue
                judged.add(place)
                if self.rule.is_low(here, others):
                    yield here, others

    async def _judge(
        self,
        health: Health,
        here: LinkCount,
        others: LinkCount,
        standing: Mapping[Place, MailVerdict],
    ) -> None:
        verdict = MailVerdict(here.route, here.domain, health, self.clock.now())
        async with self.begin() as unit:
            was = standing.get((here.route, here.domain))
            was_first = await unit.mail_routes.judge(verdict, was)
        if was_first:
            event = MailRouteFell if health is Health.FAILING else MailRouteRecovered
            usual = round(others.share, 2)
            self.events.record(event(here.route, here.domain, here.taken, here.links, usual))

    async def _send_again(self) -> int:
        """What was sent before the fall at once, and probes when they have had their time."""
        sent, now = 0, self.clock.now()
        async with self.read() as unit:
            verdicts = await unit.mail_routes.verdicts()
        for fallen in verdicts:
            if fallen.health is Health.FAILING:
                async for attempt in self._untaken(fallen, now):
                    at = attempt.accepted_at or now
                    if at < fallen.since or at <= now - self.rule.taken_within:
                        sent += await self._give_up(attempt)
        return sent

    async def _untaken(self, fallen: MailVerdict, now: datetime) -> AsyncIterator[MailAttempt]:
        since = now - LONGEST_LINK_LIFETIME
        while True:
            async with self.read() as unit:
                portion = await unit.mail_routes.untaken(
                    fallen.route, fallen.domain, since, now, PORTION
                )
            for each in portion:
                yield each
            if len(portion) < PORTION:
                return
            since = (portion[-1].accepted_at or now) + timedelta(microseconds=1)

    async def _give_up(self, attempt: MailAttempt) -> bool:
        """Have the next relay send it, if there is one. Whoever changes it meanwhile knows more."""
        told: list[Event] = []
        try:
            async with self.begin() as unit:
                delivery = await unit.deliveries.get(attempt.delivery)
                made = await unit.mail_attempts.of(attempt.delivery)
                if delivery is None or delivery.state is not DeliveryState.ACCEPTED:
                    return False
                request = await unit.requests.get(delivery.subject)
                part = Part(delivery, request, attempt, made)
                if part.was != attempt or not part.is_latest or not self.resend.routes_left(part):
                    return False
                ended = attempt.ended(DeliveryState.EXPIRED, UNHEARD, self.clock.now())
                told += await self.resend.after(unit, part.with_(ended), shown=False)
        except (ConcurrentChange, Overtaken):
            return False
        for event in told:
            self.events.record(event)
        return True
