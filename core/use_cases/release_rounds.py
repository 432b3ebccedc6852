"""For operators: voting rounds are held, and released by two persons (R47)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.errors import CannotProceed
from core.events import RoundHeld, RoundHoldLifted, RoundReleaseApproved, RoundReleaseProposed
from core.keys import Keyring
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, ReleasingUnit
from core.retention import Terms
from core.round_release import Destruction, Hold, Kept, Release
from core.trace import check_words
from core.use_cases.keep_operators import KeepOperators
from core.voting_round import Calendar, VotingRound


class ReleaseRefused(CannotProceed):
    """Something stands against the release."""


@dataclass(frozen=True)
class RoundsKept:
    """What is kept, and what was ordered."""

    kept: Sequence[Kept]
    holds: Sequence[Hold]
    """Those that stand."""
    releases: Sequence[Release]
    """Those that stand."""
    destructions: Sequence[Destruction]

    def requests_of(self, round_id: str) -> int:
        return sum(each.requests for each in self.kept if round_id in each.rounds)

    def hold_of(self, round_id: str) -> Hold | None:
        return next((each for each in self.holds if each.round_id == round_id), None)

    def release_of(self, round_id: str) -> Release | None:
        return next((each for each in self.releases if each.round_id == round_id), None)

    @property
    def rounds(self) -> tuple[str, ...]:
        """Every round that something belongs to, by id."""
        return tuple(sorted({name for each in self.kept for name in each.rounds}))

    @property
    def of_no_round(self) -> int:
        """Requests of which nothing says to which round they belong."""
        return sum(each.requests for each in self.kept if not each.rounds)


@dataclass(frozen=True)
class Verified:
    """What a record of a destruction says, and whether that is so."""

    record: Destruction
    release: Release
    problem: str | None
    """A sentence; None: nothing is wrong."""


@dataclass(frozen=True)
class ReleaseRounds:
    """Raises `StoreUnavailable`; `ValueError` for a round that the calendar does not name."""

    begin: Begin[ReleasingUnit]
    read: Begin[ReleasingUnit]
    operators: KeepOperators
    calendar: Calendar
    terms: Terms
    keyring: Keyring
    clock: Clock
    events: Events

    async def hold(self, round_id: str, by: str, reason: str) -> bool:
        """No release until the hold is lifted; one that stands is withdrawn: whether one did.
        Raises `ValueError` when the round is held already, and when nobody or no reason is
        named."""
        self._named(round_id)
        now = self.clock.now()
        hold = Hold(round_id, now, by, reason)
        async with self.begin() as unit:
            await unit.releases.alone()
            if not await unit.releases.add_hold(hold):
                raise ValueError(f"the round {round_id} is held already")
            withdrawn = await unit.releases.withdraw(round_id, now, by)
        self.events.record(RoundHeld(round_id, by, reason))
        return withdrawn

    async def lift(self, round_id: str, by: str) -> None:
        """Two persons may release it again. Until then it is kept like any other. Raises
        `ValueError` when it is not held, or nobody is named."""
        check_words(by=by)
        async with self.begin() as unit:
            await unit.releases.alone()
            if not await unit.releases.lift(round_id, self.clock.now(), by):
                raise ValueError(f"the round {round_id} is not held")
        self.events.record(RoundHoldLifted(round_id, by))

    async def propose(self, round_id: str, by: str, code: str) -> None:
        """One person says that the round may go. Raises `ReleaseRefused`, `OperatorRefused`."""
        closes_at = self._named(round_id).closes_at
        if self.clock.now() < closes_at:
            raise ReleaseRefused(f"the round {round_id} closes on {closes_at:%Y-%m-%d} only")
        await self.operators.prove(by, code)
        release = Release(round_id, self.clock.now(), by)
        async with self.begin() as unit:
            await unit.releases.alone()
            await _refuse_held(unit, round_id)
            if not await unit.releases.propose(release):
                raise ReleaseRefused(f"a release of the round {round_id} is proposed already")
        self.events.record(RoundReleaseProposed(round_id, by))

    async def approve(self, round_id: str, by: str, code: str) -> datetime:
        """Another person agrees; from when on what belongs to the round is deleted. Raises
        `ReleaseRefused`, `OperatorRefused`."""
        self._named(round_id)
        await self.operators.prove(by, code)
        now = self.clock.now()
        async with self.begin() as unit:
            await unit.releases.alone()
            await _refuse_held(unit, round_id)
            release = _standing(await unit.releases.releases(), round_id)
            if release is None:
                raise ReleaseRefused(f"nobody has proposed to release the round {round_id}")
            if release.proposed_by == by:
                raise ReleaseRefused(f"{by} has proposed it: another person is to approve it")
            if not await unit.releases.approve(round_id, now, by):
                raise ReleaseRefused(f"the release of the round {round_id} is approved already")
        self.events.record(RoundReleaseApproved(round_id, release.proposed_by, by))
        return now + self.terms.after_release

    async def look(self) -> RoundsKept:
        """What there is of every round."""
        async with self.read() as unit:
            return RoundsKept(
                await unit.destructions.kept(),
                [each for each in await unit.releases.holds() if each.lifted_at is None],
                [each for each in await unit.releases.releases() if each.withdrawn_at is None],
                await unit.destructions.all(),
            )

    async def verify(self, round_id: str) -> Sequence[Verified]:
        """Every record of a destruction of this round, checked."""
        async with self.read() as unit:
            records = await unit.destructions.all()
            releases = {each.id: each for each in await unit.releases.releases()}
            kept = await unit.destructions.kept()
        ended = {each.round_id for each in records if each.ended_at is not None}
        left = sum(each.requests for each in kept if _is_left(each, round_id, ended))
        return [
            Verified(each, releases[each.release_id], self._problem(each, releases, left))
            for each in records
            if each.round_id == round_id
        ]

    def _problem(self, record: Destruction, releases: dict[int, Release], left: int) -> str | None:
        if record.ended_at is None:
            return "it is not complete: the deletion goes on, or a hold has stopped it"
        try:
            if not record.verifies(releases[record.release_id], self.keyring):
                return "it was changed after it was sealed"
        except KeyError:
            return f"the key {record.key_id}, which sealed it, is not in REASSORT_KEYS"
        return f"{left} requests of the round are still there" if left else None

    def _named(self, round_id: str) -> VotingRound:
        voting_round = self.calendar.named(round_id)
        if voting_round is None:
            raise ValueError(f"the calendar names no round {round_id}")
        return voting_round


def _is_left(kept: Kept, round_id: str, destroyed: set[str]) -> bool:
    return round_id in kept.rounds and destroyed.issuperset(kept.rounds)


def _standing(releases: Sequence[Release], round_id: str) -> Release | None:
    of_round = (each for each in releases if each.round_id == round_id)
    return next((each for each in of_round if each.withdrawn_at is None), None)


async def _refuse_held(unit: ReleasingUnit, round_id: str) -> None:
    for each in await unit.releases.holds():
        if each.round_id == round_id and each.lifted_at is None:
            raise ReleaseRefused(f"the round {round_id} is held by {each.held_by}: {each.reason}")
