"""Worker, at intervals: what belongs to released rounds alone is deleted after the term (R47)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from core.events import RoundDestroyed
from core.keys import Keyring
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, ReleasingUnit
from core.retention import Terms
from core.round_release import Destruction, Hold, Release

AT_ONCE = 1000
"""Requests looked at in one commit."""
COMMITS = 200
"""At most, of one round each time: other chores wait meanwhile."""


@dataclass(frozen=True)
class DestroyRounds:
    """Each commit asks anew whether the release stands: a hold stops the next one. Each also keeps
    the record up to what it deletes, so that a crash loses nothing of it."""

    begin: Begin[ReleasingUnit]
    read: Begin[ReleasingUnit]
    terms: Terms
    keyring: Keyring
    clock: Clock
    events: Events

    async def __call__(self) -> int:
        """How many requests went. Raises `StoreUnavailable`."""
        return sum([await self._destroy(release) for release in await self._to_do()])

    async def _destroy(self, release: Release) -> int:
        """As far as `COMMITS` go: how many requests went. What was deleted is told with the counts
        of the whole record, so that a later event includes one that a crash has lost."""
        deleted, record = 0, None
        for _ in range(COMMITS):
            some, gone = await self._some(release)
            if some is None:
                break
            record, deleted = some, deleted + gone
            if record.ended_at is not None:
                break
        if record is not None and (deleted or record.ended_at is not None):
            counts = (record.requests, record.messages, record.attempts, record.changes)
            is_whole = record.ended_at is not None
            self.events.record(
                RoundDestroyed(
                    record.round_id, *counts, record.shared, record.digest.hex(), is_whole
                )
            )
        return deleted

    async def seal_anew(self) -> int:
        """After a rotation: records that older keys have sealed are sealed under the newest; how
        many. One that does not verify stays as it is. Raises `StoreUnavailable`."""
        async with self.read() as unit:
            records = await unit.destructions.all()
            releases = {each.id: each for each in await unit.releases.releases()}
        done = 0
        for record in (each for each in records if each.is_stale(self.keyring)):
            release = releases[record.release_id]
            if record.ended_at is not None and record.verifies(release, self.keyring):
                async with self.begin() as unit:
                    anew = record.sealed(record.ended_at, release, self.keyring)
                    await unit.destructions.save(anew)
                done += 1
        return done

    async def _to_do(self) -> Sequence[Release]:
        async with self.read() as unit:
            due = self._due(await unit.releases.releases(), await unit.releases.holds())
            if not due:
                return ()
            records = await unit.destructions.all()
        done = {each.release_id for each in records if each.ended_at is not None}
        return [each for each in due.values() if each.id not in done]

    async def _some(self, release: Release) -> tuple[Destruction | None, int]:
        """One commit: the record, and how many requests went; None: the release stands no more."""
        async with self.begin() as unit:
            await unit.releases.alone()
            due = self._due(await unit.releases.releases(), await unit.releases.holds())
            records = {each.release_id: each for each in await unit.destructions.all()}
            begun = Destruction(release.id, release.round_id, self.clock.now())
            record = records.get(release.id, begun)
            if release.round_id not in due or record.ended_at is not None:
                return None, 0
            before = record.requests
            record, is_last = await _walk(unit, record, due)
            if is_last and await unit.destructions.forget_first_sending(record.round_id):
                record = record.sealed(self.clock.now(), due[release.round_id], self.keyring)
                await unit.round_keys.destroy(record.round_id, self.clock.now())
            await unit.destructions.save(record)
        return record, record.requests - before

    def _due(self, releases: Sequence[Release], holds: Sequence[Hold]) -> dict[str, Release]:
        """The releases by their rounds, of those rounds that nothing keeps any longer."""
        held = {each.round_id for each in holds if each.lifted_at is None}
        now, term = self.clock.now(), self.terms.after_release
        due = (each for each in releases if each.is_due(now, term))
        return {each.round_id: each for each in due if each.round_id not in held}


async def _walk(
    unit: ReleasingUnit, record: Destruction, released: Collection[str]
) -> tuple[Destruction, bool]:
    """Look at the next requests, delete those that go; whether these were the last."""
    rows = await unit.destructions.after(record.last_id, AT_ONCE)
    of_round = [each for each in rows if record.round_id in each.rounds]
    gone = [each for each in of_round if each.goes(record.round_id, released)]
    messages = await unit.destructions.delete([each.id for each in gone])
    record = record.after(gone, messages, len(of_round) - len(gone))
    last_id = rows[-1].id if rows else record.last_id
    return replace(record, last_id=last_id), len(rows) < AT_ONCE
