"""For consulates: the NUMICs of the voters of a round whom nothing reaches (R45, R47).

The one list of this product that names voters. Two persons make it, each with a code of her own, as
they release a round, and that they did is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.electorate import EVERYBODY, Electorate
from core.errors import CannotProceed
from core.intervention import Act, Intervention
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.operators_units import NamingUnit
from core.ports.register import Register
from core.ports.unit_of_work import Begin
from core.request_listing import Place
from core.unreached import Cause
from core.unreached_voters import UnreachedVoter, UnreachedWanted
from core.use_cases.keep_operators import KeepOperators
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.use_cases.look_at_unreached import LookAtUnreached
from core.use_cases.note_interventions import told
from core.voter import ElectoralNumber, Numel, Numic, Voter

AT_ONCE = 1000
"""Voters of one look at the store."""


class ListRefused(CannotProceed):
    """Something stands against the list."""


@dataclass(frozen=True)
class Person:
    """Who makes the list, and by which code that is shown."""

    name: str
    code: str = field(repr=False)


@dataclass(frozen=True)
class NamedVoter:
    """A line of the list."""

    voter: UnreachedVoter
    numic: Numic | None
    """None where a NUMEL was typed that the register does not know, or that is another's now."""
    numel: Numel | None
    """As it was typed, where no NUMIC is known."""
    constituency: str
    post: str


@dataclass(frozen=True)
class ListUnreached:
    """Raises `StoreUnavailable`; `ValueError` for a round that the calendar does not name."""

    begin: Begin[NamingUnit]
    read: Begin[NamingUnit]
    look: LookAtUnreached
    operators: KeepOperators
    round_keys: KeepRoundKeys
    register: Register
    clock: Clock
    events: Events

    async def count(self, round_id: str, patience: timedelta) -> Counter[Cause]:
        """How many there are of each cause. Names nobody, and needs no code."""
        voters = await self._all(self._wanted(round_id, patience))
        return Counter(each.cause for each, _ in voters)

    async def __call__(
        self,
        round_id: str,
        patience: timedelta,
        one: Person,
        other: Person,
        of: Electorate = EVERYBODY,
    ) -> Sequence[NamedVoter]:
        """Those of these constituencies and posts, by place and NUMIC. The trace is there before
        anybody has the list. Raises `ListRefused`, `OperatorRefused`, `RegisterUnavailable`."""
        wanted = self._wanted(round_id, patience)
        if one.name == other.name:
            raise ListRefused("two persons make this list: name another one")
        for each in (one, other):
            await self.operators.prove(each.name, each.code)
        named = [await self._named(wanted, *each) for each in await self._all(wanted)]
        found = [each for each in named if of.includes_one_of(each.constituency, each.post)]
        detail = f"round {round_id}: {len(found)} voters named, with {other.name}"
        noted = Intervention(self.clock.now(), one.name, Act.UNREACHED_NAMED, detail)
        async with self.begin() as unit:
            await unit.interventions.add(noted)
        self.events.record(told(noted))
        return sorted(found, key=_by_place)

    def _wanted(self, round_id: str, patience: timedelta) -> UnreachedWanted:
        if self.look.calendar.named(round_id) is None:
            raise ValueError(f"the calendar names no round {round_id}")
        return self.look.wanted(round_id, patience)

    async def _all(
        self, wanted: UnreachedWanted
    ) -> Sequence[tuple[UnreachedVoter, ElectoralNumber]]:
        """In portions. What is reached meanwhile, or not kept any more, is left out."""
        found: list[tuple[UnreachedVoter, ElectoralNumber]] = []
        after: Place | None = None
        while True:
            async with self.read() as unit:
                portion = await unit.unreached_voters.longest(wanted, AT_ONCE, after)
                numbers = await unit.unreached_voters.numbers([x.request_id for x in portion])
            found += [(x, numbers[x.request_id]) for x in portion if x.request_id in numbers]
            if len(portion) < AT_ONCE:
                return found
            after = portion[-1].place

    async def _named(
        self, wanted: UnreachedWanted, voter: UnreachedVoter, number: ElectoralNumber
    ) -> NamedVoter:
        """The register says what the request does not: who has a NUMEL, and where a voter is whom
        nobody has decided on."""
        known = None
        if isinstance(number, Numel) or voter.cause is Cause.LINK_UNDECIDED:
            known = await self._known(wanted, voter, number)
        numic = number if isinstance(number, Numic) else known and known.numic
        return NamedVoter(
            voter,
            numic,
            number if numic is None and isinstance(number, Numel) else None,
            voter.constituency or (known and known.constituency) or "",
            voter.post or (known and known.post) or "",
        )

    async def _known(
        self, wanted: UnreachedWanted, voter: UnreachedVoter, number: ElectoralNumber
    ) -> Voter | None:
        """None as well when the number has passed to another since it was decided on."""
        found = await self.register.find(number)
        if found is None or voter.round_voter is None:
            return found
        async with self.read() as unit:
            names = await self.round_keys.voter_in_others(unit, [wanted.round_id], found.numic)
        return found if voter.round_voter in names else None


def _by_place(line: NamedVoter) -> tuple[str, ...]:
    number = line.numic or line.numel
    return (line.constituency, line.post, number.value if number else "", line.voter.request_id)
