"""For operators: a provider's report of the first sending is taken into figures (R59).

The sending of all passwords before a round is not ours; what became of it is what a judge asks
first. Of each voter the latest receipt holds, by its own time: the same report once more, or one
that overlaps it, changes nothing. No NUMIC is kept, but what the voter is known by in the round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from core.first_sending import (
    KnownReceipt,
    Refusal,
    SendingCount,
    SendingReceipt,
    SendingState,
)
from core.intervention import Act, Intervention
from core.ports.clock import Clock
from core.ports.countries import Countries
from core.ports.events import Events
from core.ports.operators_units import SendingUnit
from core.ports.register import FindsMany, Register
from core.ports.unit_of_work import Begin
from core.sending_import import ReportRefused, SendingImport, refuse_if_bad
from core.use_cases.keep_round_keys import KeepRoundKeys, RoundVoterOf
from core.use_cases.note_interventions import told
from core.voter import Numic, Voter
from core.voting_round import Calendar, VotingRound

AT_ONCE = 1000
"""Lines in one commit, for which nobody else waits long."""
PORTIONS = 256
"""In so many the voters of a round are counted."""
ReportLine = tuple[int, SendingReceipt | Refusal]
"""The number of a line, the header's being 1, and what it says."""
Refused = Callable[[int, Refusal], None]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class _Job:
    voting_round: VotingRound
    import_id: int
    known_as: RoundVoterOf
    refused: Refused


@dataclass(frozen=True)
class ImportFirstSending:
    """Raises `StoreUnavailable`, `RegisterUnavailable`; `ValueError` for a round that the calendar
    does not name, and when nobody is named. Whatever it raises, no figure has changed."""

    begin: Begin[SendingUnit]
    read: Begin[SendingUnit]
    round_keys: KeepRoundKeys
    register: Register
    countries: Countries
    calendar: Calendar
    clock: Clock
    events: Events

    async def __call__(
        self,
        round_id: str,
        lines: Iterable[ReportLine],
        by: str,
        refused: Refused,
        progress: Progress | None = None,
        force: bool = False,
    ) -> SendingImport:
        """`refused` is told each line that is no receipt. Raises `ReportRefused`."""
        job = await self._begin(round_id, by, refused)
        counts = Counter[str | Refusal]()
        rest = iter(lines)
        while portion := list(islice(rest, AT_ONCE)):
            counts["lines"] += len(portion)
            counts += await self._take(job, portion)
            if progress is not None:
                progress(counts["lines"])
        found = _report(counts)
        try:
            refuse_if_bad(found, force)
        except ReportRefused:
            await self._clear(round_id, keep=0)
            raise
        await self._conclude(job, by, found)
        return found

    async def _begin(self, round_id: str, by: str, refused: Refused) -> _Job:
        """What imports left that came to no end goes first."""
        voting_round = self.calendar.named(round_id)
        if voting_round is None:
            raise ValueError(f"the calendar names no round {round_id}")
        now = self.clock.now()
        Intervention(now, by, Act.FIRST_SENDING_IMPORTED)
        async with self.begin() as unit:
            known_as = await self.round_keys.voters_of(unit, round_id)
            if known_as is None:
                raise ReportRefused(
                    f"the key of the round {round_id} is destroyed, or sealed under a key that is "
                    "not in REASSORT_KEYS: by what its voters are known cannot be told"
                )
            import_id = await unit.first_sending.begin(round_id, now, by)
        await self._clear(round_id, import_id)
        return _Job(voting_round, import_id, known_as, refused)

    async def _clear(self, round_id: str, keep: int) -> None:
        has_more = True
        while has_more:
            async with self.begin() as unit:
                has_more = await unit.first_sending.clear(round_id, keep)

    async def _take(self, job: _Job, portion: Sequence[ReportLine]) -> Counter[str | Refusal]:
        """One commit."""
        receipts = [(line, x) for line, x in portion if isinstance(x, SendingReceipt)]
        voters = await self._voters({each.numic for _, each in receipts})
        counts = Counter[str | Refusal]()
        known: list[KnownReceipt] = []
        for line, each in portion:
            found = each if isinstance(each, Refusal) else self._known(job, each, voters)
            if isinstance(found, Refusal):
                counts[found] += 1
                job.refused(line, found)
            else:
                known.append(found)
        return counts + await self._store(job, known)

    async def _store(self, job: _Job, known: Sequence[KnownReceipt]) -> Counter[str | Refusal]:
        """What is later than what is known. `added`, `updated` and `unchanged` are of the lines."""
        counts, later = Counter[str | Refusal](), dict[str, KnownReceipt]()
        round_id = job.voting_round.id
        async with self.begin() as unit:
            ranks = await unit.first_sending.ranks(
                round_id, job.import_id, {each.voter for each in known}
            )
            holding = {voter: (at, state.weight) for voter, (at, state) in ranks.items()}
            for each in known:
                was = holding.get(each.voter)
                if was is not None and each.rank <= was:
                    counts["unchanged"] += 1
                    continue
                counts["added" if was is None else "updated"] += 1
                holding[each.voter], later[each.voter] = each.rank, each
            await unit.first_sending.add(round_id, job.import_id, list(later.values()))
        return counts

    def _known(
        self, job: _Job, receipt: SendingReceipt, voters: Mapping[Numic, Voter]
    ) -> KnownReceipt | Refusal:
        voter = voters.get(receipt.numic)
        if voter is None:
            return Refusal.VOTER_UNKNOWN
        if not job.voting_round.electorate.includes(voter):
            return Refusal.VOTER_OF_ANOTHER_ROUND
        return KnownReceipt(
            job.known_as(receipt.numic),
            receipt.at,
            receipt.state,
            receipt.operator,
            receipt.route,
            voter.constituency or "",
            voter.post or "",
            self.countries.of(voter.phone) if voter.phone else "",
        )

    async def _voters(self, numics: set[Numic]) -> Mapping[Numic, Voter]:
        """Those whom the register knows: at once, where it can tell many."""
        if isinstance(self.register, FindsMany):
            return await self.register.find_many(numics)
        found = [await self.register.find(each) for each in numics]
        return {each.numic: each for each in found if each is not None}

    async def _conclude(self, job: _Job, by: str, found: SendingImport) -> None:
        """One commit: the figures, what holds, and the trace."""
        round_id, now = job.voting_round.id, self.clock.now()
        counts = await self._counted(job)
        detail = f"round {round_id}: {found.lines} lines, {found.accepted} accepted"
        noted = Intervention(now, by, Act.FIRST_SENDING_IMPORTED, detail)
        async with self.begin() as unit:
            if not await unit.first_sending.conclude(round_id, job.import_id, counts, now):
                raise ReportRefused("another import was begun meanwhile: import this one again")
            await unit.interventions.add(noted)
        self.events.record(told(noted))

    async def _counted(self, job: _Job) -> Sequence[SendingCount]:
        """In portions, by how the voters' names begin, so that no statement lasts."""
        sums = Counter[tuple[str, str, str, SendingState]]()
        edges = ["", *(f"{each:02x}" for each in range(1, PORTIONS)), None]
        for since, until in pairwise(edges):
            async with self.read() as unit:
                portion = await unit.first_sending.tally(
                    job.voting_round.id, job.import_id, since or "", until
                )
            for each in portion:
                sums[each.constituency, each.post, each.country, each.state] += each.voters
        return [SendingCount(*place, voters) for place, voters in sums.items()]


def _report(counts: Counter[str | Refusal]) -> SendingImport:
    return SendingImport(
        lines=counts["lines"],
        added=counts["added"],
        updated=counts["updated"],
        unchanged=counts["unchanged"],
        refused={each: counts[each] for each in Refusal if counts[each]},
    )
