"""Hand an SMS to a route: choose, record the attempt, send, and go on to the next when refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from core.attempt import Attempt
from core.circuit import Circuits
from core.errors import MessageDeferred, MessageRefused
from core.messages import Acceptance, PasswordSms
from core.ports.clock import Clock
from core.ports.countries import Countries
from core.ports.events import Events
from core.ports.sms import Sms
from core.ports.unit_of_work import Begin, SmsUnit
from core.route_health import Health, HealthRule
from core.routes import Route, RouteState, RouteTable, choose, is_probe, is_resendable, used_up
from core.spending import SpendingRule
from core.unreached import Cause
from core.use_cases.keep_to_caps import CAP_PAUSE, CapReached, KeepToCaps
from core.voter import PhoneNumber

PATIENCE = 25.0
"""Seconds that a route has to answer; two in a row end within a job's lease."""
ASKED_AGAIN_WITHIN = timedelta(hours=24)
"""Anyone who asks again within this time has not got the SMS, whatever its receipt says: the routes
that had it come last."""


Announce = Callable[[SmsUnit], Awaitable[None]]
"""Part of the commit after which the password is brought into force."""


class Postponed(Exception):
    """The SMS has to wait, for its route's pace or a cap: run again at `until`. Not a failure."""

    def __init__(self, until: datetime, cause: Cause) -> None:
        super().__init__("postponed")
        self.until = until
        self.cause = cause


@dataclass(frozen=True)
class Dispatched:
    """A route took the SMS: `attempt`, which is stored as `opened` still. `resendable`: another
    route is left, should no good receipt come. `is_only`: no other attempt was made."""

    opened: Attempt
    attempt: Attempt
    acceptance: Acceptance
    resendable: bool
    is_only: bool = False

    @property
    def cause(self) -> Cause:
        """Why it is not known to have arrived."""
        expected = self.attempt.receipt_due_at is not None
        return Cause.NO_RECEIPT if expected else Cause.RECEIPT_NOT_EXPECTED


@dataclass(frozen=True)
class DispatchSms:
    """Sends one SMS by the route table. `providers` are the routes' adapters, by route name."""

    begin: Begin[SmsUnit]
    read: Begin[SmsUnit]
    providers: Mapping[str, Sms]
    table: RouteTable
    countries: Countries
    health: HealthRule
    spending: SpendingRule
    clock: Clock
    events: Events

    @cached_property
    def circuits(self) -> Circuits:
        """Of the routes: one that does not answer is left alone for a while."""
        return Circuits(self.clock)

    def serves(self, number: PhoneNumber) -> bool:
        """Whether the route table lets SMS go there at all (R28)."""
        return bool(self.table.towards(number, self.countries.of(number)))

    async def __call__(
        self,
        message: PasswordSms,
        known_as: Sequence[str],
        announce: Announce,
        bring_into_force: Callable[[], Awaitable[None]],
    ) -> Dispatched:
        """Returns once a route has the SMS whose delivery is `message.id`, to the voter who is
        `known_as` any of these. The attempt is not stored as accepted yet: that belongs into the
        caller's commit. `bring_into_force` is called once, when a route, its pace and the caps
        admit the SMS: until then the voter's old password goes on working (R19). `announce` is
        called in the commit before it.

        Raises `MessageRefused` when no route is left that might take it, `MessageDeferred` when one
        may take it later, `Postponed`, `StoreUnavailable`, and `ConcurrentChange` when another
        worker is at it.
        """
        country = self.countries.of(message.to)
        routes = self.table.towards(message.to, country)
        if not routes:
            raise MessageRefused(f"destination not allowed: {country}")
        made, known = await self._known(message.id, country, known_as)
        is_first = not known.in_vain
        passed_over: dict[str, str] = {}
        in_force = False
        while route := self._choose(routes, made, passed_over, known, message.id):
            told = None if in_force else announce
            opened = await self._open(route, made, message, country, is_first, told)
            if not in_force:
                await bring_into_force()
                in_force = True
            made = [*(each for each in made if each.number != opened.number), opened]
            ended = await self._send(route, opened, message)
            if isinstance(ended, Attempt):
                made[-1] = ended
                if ended.is_open:
                    passed_over[route.name] = ended.reason or "not taken"
                continue
            attempt = opened.accepted(ended, self.clock.now(), route.receipt_within)
            resendable, is_only = is_resendable(routes, [*made[:-1], attempt]), len(made) == 1
            by = replace(ended, route=route.name)
            return Dispatched(opened, attempt, by, resendable, is_only)
        raise self._no_route(routes, made, passed_over)

    def _no_route(
        self, routes: Sequence[Route], made: Sequence[Attempt], passed_over: Mapping[str, str]
    ) -> MessageDeferred | MessageRefused:
        """Deferred as long as a route is left that may take it another time."""
        silent = [route.name for route in routes if route.name not in used_up(made)]
        if silent:
            said = (passed_over.get(name, f"{name}: does not answer") for name in silent)
            return MessageDeferred("; ".join(said))
        reasons = [each.reason for each in made if each.reason]
        return MessageRefused(reasons[-1] if reasons else "no route left")

    async def _known(
        self, delivery: str, country: str, known_as: Sequence[str]
    ) -> tuple[list[Attempt], RouteState]:
        """The attempts made, and what the store knows of the routes."""
        since = self.clock.now() - ASKED_AGAIN_WITHIN
        async with self.read() as unit:
            made = list(await unit.attempts.of(delivery))
            verdicts = await unit.routes.verdicts()
            used = await unit.attempts.routes_of(known_as, since, delivery)
        fallen = (
            each.route
            for each in verdicts
            if each.country == country and each.health is Health.FAILING
        )
        return made, RouteState(failing=frozenset(fallen), in_vain=used)

    def _choose(
        self,
        routes: Sequence[Route],
        made: Sequence[Attempt],
        passed_over: Mapping[str, str],
        known: RouteState,
        delivery: str,
    ) -> Route | None:
        broken = self.circuits.broken()
        probes = is_probe(delivery, self.health.probe_one_in)
        return choose(routes, made, passed_over, replace(known, broken=broken), probes)

    @property
    def _caps(self) -> KeepToCaps:
        return KeepToCaps(self.begin, self.spending, self.clock, self.events)

    async def _open(
        self,
        route: Route,
        made: Sequence[Attempt],
        message: PasswordSms,
        country: str,
        is_first: bool,
        announce: Announce | None,
    ) -> Attempt:
        """Record that the SMS is about to go, in one commit with its pace and its cost. When its
        turn is later that is recorded, too, and `Postponed` raised: its place is kept."""
        now = self.clock.now()
        before = next((each for each in made if each.is_open and each.route == route.name), None)
        number = max((each.number for each in made), default=0) + 1
        fresh = Attempt(message.id, number, route.name, country, route.cost_to(country), now)
        opened = before or replace(fresh, recorded_at=now)
        try:
            async with self.begin() as unit:
                if before is None or not before.has_place:
                    await self._caps.charge(unit, opened, message.to, is_first)
                    opened = await self._placed(unit, route, opened)
                opened = opened.again(now) if before and opened.begun_at <= now else opened
                if before is None:
                    await unit.attempts.add(opened)
                else:
                    await unit.attempts.save(opened, was=before)
                if announce is not None and opened.begun_at <= now:
                    await announce(unit)
        except CapReached as reached:
            await self._caps.tell(reached.cap, country)
            raise Postponed(self.clock.now() + CAP_PAUSE, Cause.CAP) from None
        if opened.begun_at > now:
            raise Postponed(opened.begun_at, Cause.PACE)
        return opened

    async def _placed(self, unit: SmsUnit, route: Route, attempt: Attempt) -> Attempt:
        """With a place in the route's pace: now, or later."""
        if route.rate is None:
            return attempt
        now = self.clock.now()
        wait = await unit.routes.pace(route.name, route.rate, route.burst, now)
        return attempt.placed(now + wait, now)

    async def _send(
        self, route: Route, attempt: Attempt, message: PasswordSms
    ) -> Acceptance | Attempt:
        """The route's acceptance; else the attempt, refused or still open."""
        self.circuits.of(route.name).admitted()
        handed = replace(message, id=attempt.id, to=route.written(message.to))
        try:
            async with asyncio.timeout(PATIENCE):
                acceptance = await self.providers[route.name].send(handed)
        except TimeoutError:
            return await self._deferred(route, attempt, f"{route.name}: no answer in time")
        except MessageRefused as refusal:
            ended = attempt.refused(refusal.reason, self.clock.now())
        except MessageDeferred as deferral:
            return await self._deferred(route, attempt, str(deferral))
        else:
            self.circuits.of(route.name).succeeded()
            return acceptance
        self.circuits.of(route.name).succeeded()
        return await self._save(ended, attempt)

    async def _deferred(self, route: Route, attempt: Attempt, reason: str) -> Attempt:
        self.circuits.of(route.name).failed()
        return await self._save(attempt.deferred(reason, self.clock.now()), attempt)

    async def _save(self, attempt: Attempt, was: Attempt) -> Attempt:
        async with self.begin() as unit:
            await unit.attempts.save(attempt, was=was)
        return attempt
