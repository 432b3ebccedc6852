"""The consular register: who is a voter, and how to reach them."""

from collections.abc import Collection, Mapping
from typing import Protocol, runtime_checkable

from core.census import Places
from core.voter import ElectoralNumber, Identifier, Numic, Voter


class Register(Protocol):
    """Read only. Never consulted while a voter waits for the first confirmation (R23)."""

    async def find(self, number: ElectoralNumber) -> Voter | None:
        """The voter with this NUMIC or NUMEL, or None when the register knows no such voter.

        Of several addresses on file one is `email`, the rest `other_emails`; of several phones the
        first usable one counts.

        Raises `RegisterUnavailable` when it cannot tell.
        """
        ...

    async def identifier_matches(self, numic: Numic, identifier: Identifier) -> bool:
        """Whether this is the voter's identifier; False for an unknown voter, too.

        Raises `RegisterUnavailable` when it cannot tell.
        """
        ...


@runtime_checkable
class CountsVoters(Protocol):
    """A register that can be listed: so that it is seen before a vote whose its rounds are."""

    async def voters_by_place(self) -> Places:
        """How many voters there are of each constituency and post, None where there is none.

        Raises `RegisterUnavailable` when it cannot tell.
        """
        ...


@runtime_checkable
class FindsMany(Protocol):
    """A register that is asked for many voters at once: for reports of a million lines."""

    async def find_many(self, numics: Collection[Numic]) -> Mapping[Numic, Voter]:
        """Those of them whom it knows.

        Raises `RegisterUnavailable` when it cannot tell.
        """
        ...


@runtime_checkable
class NamesRounds(Protocol):
    """A register that can say all rounds that it names: so that a misspelt one is seen."""

    async def rounds(self) -> list[str]:
        """What names the rounds in which identifiers were renewed, each text once; see
        `core.voter.rounds_named`.

        Raises `RegisterUnavailable` when it cannot tell.
        """
        ...


@runtime_checkable
class TellsLastImport(Protocol):
    """A register that is imported, and keeps the counts: so that they are seen before a vote."""

    async def last_import(self) -> str | None:
        """The counts of the import that made it, as JSON; None of an older one's.

        Raises `RegisterUnavailable` when it cannot tell.
        """
        ...
