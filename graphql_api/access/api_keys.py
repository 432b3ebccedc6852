"""API keys: looked up in a copy of the list that is read again every few seconds (R40).

A key that was revoked works for `FRESH` longer at most, and a new one is known everywhere after as
long. Anyone who tries keys causes no query: the copy is read as often as for anyone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from core.errors import StoreUnavailable
from core.keys import Keyring
from core.partner import ApiKey, Partner, PartnerKey
from core.partner_signature import SignedPartner
from core.ports.clock import Clock
from core.ports.unit_of_work import Begin, PartnerUnit

from .caller import Access, Caller
from .refusal import AccessRefusal, Reason

FRESH = timedelta(seconds=5)
AFTER_FAILURE = timedelta(seconds=1)
"""How long nobody asks a store again that did not answer."""
NOTED = timedelta(minutes=1)
"""The last use of a key is written down no oftener."""
_log = structlog.stdlib.get_logger("reassort.access")


class ApiKeys:
    """Recognises the keys that are in the store."""

    def __init__(
        self,
        begin: Begin[PartnerUnit],
        read: Begin[PartnerUnit],
        clock: Clock,
        fronts: Mapping[str, str] | None = None,
        portal: str = "",
        keyring: Keyring | None = None,
    ) -> None:
        """`fronts`: by partner the origin to which its links lead. `portal`: our own. `keyring`:
        what partners' signatures are made from; without one none holds."""
        self._keyring = keyring
        self._begin, self._read, self._clock = begin, read, clock
        self._fronts, self._portal = fronts or {}, portal
        self._partners: dict[str, Partner] = {}
        self._keys: dict[str, PartnerKey] = {}
        self._suspended: frozenset[str] = frozenset()
        self._read_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._noted: dict[tuple[str, bool], datetime] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._is_renewing = False

    async def recognize(self, text: str, tells_voter: bool = False) -> Caller | AccessRefusal:
        """The partner whose key this is. `tells_voter`: whether the call says for whom it is."""
        given = ApiKey.read(text)
        if given is None:
            return AccessRefusal(Reason.UNKNOWN_API_KEY)
        if not await self._is_fresh():
            return AccessRefusal(Reason.PARTNERS_UNAVAILABLE)
        key = self._keys.get(given.prefix)
        if key is None or not key.opens_with(given.digest):
            return AccessRefusal(Reason.UNKNOWN_API_KEY)
        now = self._clock.now()
        if not key.works(now):
            reason = Reason.API_KEY_REVOKED if key.revoked else Reason.API_KEY_ENDED
            return AccessRefusal(reason, partner=key.partner)
        partner = self._partners.get(key.partner)
        if partner is None:
            return AccessRefusal(Reason.UNKNOWN_PARTNER)
        if partner.name in self._suspended:
            return AccessRefusal(Reason.PARTNER_SUSPENDED, partner=partner.name)
        self._note(key, now, tells_voter)
        return Caller(Access.PARTNER, partner.name, partner.scopes)

    async def partner_by(self, text: str) -> str | None:
        """The partner that has signed this lately, by a key that works and while it is not
        suspended; None for anything else, and while the store does not answer."""
        signed, now = SignedPartner.read(text), self._clock.now()
        if signed is None or self._keyring is None or not signed.holds(self._keyring, now):
            return None
        if not await self._is_fresh() or signed.partner in self._suspended:
            return None
        key = self._keys.get(signed.prefix)
        is_theirs = key is not None and key.works(now) and key.partner == signed.partner
        return signed.partner if is_theirs else None

    async def barred(self, partner: str) -> AccessRefusal | None:
        """Why a partner that is known by a token may not call. While the store does not answer,
        the copy before holds."""
        if not await self._is_fresh() and self._read_at is None:
            return AccessRefusal(Reason.PARTNERS_UNAVAILABLE)
        suspended = partner in self._suspended
        return AccessRefusal(Reason.PARTNER_SUSPENDED, partner=partner) if suspended else None

    async def start(self) -> None:
        """Read the list before the first caller comes; without a store that answers, later."""
        await self._is_fresh()

    def has_origin(self, origin: str) -> bool:
        """Whether pages of a partner that is not suspended have this origin, by the copy there
        is."""
        self._renew_beside()
        allowed = (each for each in self._partners.values() if each.name not in self._suspended)
        return any(origin in each.origins for each in allowed)

    def partners_at(self, origin: str) -> frozenset[str]:
        """The partners whose pages have this origin: it was registered, or their links lead there.
        None that is suspended."""
        return self._all_at(origin) - self._suspended

    def suspended_at(self, origin: str) -> str | None:
        """A partner that is suspended and whose pages alone have this origin; None for the
        portal's."""
        here = self._all_at(origin)
        is_barred = here <= self._suspended and origin != self._portal
        return min(here, default=None) if is_barred else None

    def _all_at(self, origin: str) -> frozenset[str]:
        self._renew_beside()
        registered = {name for name, each in self._partners.items() if origin in each.origins}
        return frozenset(
            registered | {name for name, front in self._fronts.items() if front == origin}
        )

    def _renew_beside(self) -> None:
        """An old copy is renewed beside the request, for the next."""
        if not self._is_renewing and not self._is_younger(self._read_at, FRESH):
            self._is_renewing = True
            self._beside(self._renew())

    async def _renew(self) -> None:
        """One at a time, however many ask."""
        try:
            await self._is_fresh()
        finally:
            self._is_renewing = False

    async def aclose(self) -> None:
        """Let what is being written down be written."""
        await asyncio.gather(*self._running)

    async def _is_fresh(self) -> bool:
        """After a look at the store if need be. One at a time: others wait and find it done."""
        if not self._is_younger(self._read_at, FRESH):
            async with self._turn:
                if not self._is_younger(self._read_at, FRESH) and (
                    not self._is_younger(self._failed_at, AFTER_FAILURE)
                ):
                    await self._look()
        return self._is_younger(self._read_at, FRESH)

    async def _look(self) -> None:
        try:
            async with self._read() as unit:
                keys = await unit.partner_keys.all()  # first: partners are never deleted
                partners = await unit.partners.all()
                suspensions = await unit.suspensions.in_force()
        except StoreUnavailable:
            self._failed_at = self._clock.now()
            return
        self._partners = {each.name: each for each in partners}
        self._keys = {each.prefix: each for each in keys}
        self._suspended = frozenset(each.partner for each in suspensions)
        self._read_at = self._clock.now()

    def _is_younger(self, moment: datetime | None, age: timedelta) -> bool:
        return moment is not None and timedelta(0) <= self._clock.now() - moment < age

    def _note(self, key: PartnerKey, now: datetime, tells_voter: bool) -> None:
        """Beside the request, which does not wait for it."""
        known = key.voter_told_at if tells_voter else key.last_used_at
        last = self._noted.get((key.prefix, tells_voter), known)
        if last is not None and now - last < NOTED:
            return
        self._noted[key.prefix, tells_voter] = now
        self._beside(self._write(key.prefix, now, tells_voter))

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _write(self, prefix: str, at: datetime, tells_voter: bool) -> None:
        try:
            async with self._begin() as unit:
                await unit.partner_keys.note_use(prefix, at, tells_voter)
        except StoreUnavailable as failure:
            _log.info("use_of_key_not_noted", reason=str(failure))
