"""Credential store in an LDAP directory (extra `ldap`): the entry that the portal binds as.

Which of two passwords is the later one is decided by the directory. An attribute of the entry holds
the newest issuance, its mark, which is replaced by deleting the very value that was read and adding
the new one: one modification, that fails as a whole when somebody was quicker (RFC 4511, 4.6).

* `send = "hash"`: the hash goes with the mark, in that same modification. No race is left.
* `send = "password"`: the password goes in an operation of its own (RFC 3062), that servers with
  policies and hashes of their own want. No modification can hold it, so the mark says `pending`
  before and nothing after, and nobody sets an earlier or later password in between, for as long as
  the lease lasts. The race that is left: an operation that the directory carries out only after
  the lease, when a later password was set in the meantime.

* `send = "unicodePwd"`: into an Active Directory, with the mark in one modification, like a hash.

A password counts as set when it has opened a sign-in as the voter's entry. A directory that says of
itself that this can never be is refused before anything is changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from adapters.connections.directory import (
    Connection,
    Directory,
    DirectoryRefused,
    DirectoryUnavailable,
)
from adapters.connections.directory_root import root_dse
from adapters.connections.directory_search import UnusableEntry, filter_for, one_entry
from adapters.credentials.ldap_active_directory import PutUnicodePwd
from adapters.credentials.ldap_entry import VoterEntry
from adapters.credentials.ldap_hash import PutHash
from adapters.credentials.ldap_locks import EntryLocked
from adapters.credentials.ldap_objections import objection_to
from adapters.credentials.ldap_password import PutPassword
from adapters.credentials.ldap_refusals import PasswordRefused
from adapters.credentials.ldap_settings import LdapCredentialsSettings
from adapters.credentials.ldap_trial import trial_password
from adapters.credentials.mark import Mark, NotNow, UnreadableMark
from adapters.credentials.one_at_a_time import OneAtATime
from adapters.credentials.rank import instant, rank_of
from adapters.system import SystemClock
from core.errors import CredentialsRefused, CredentialsUnavailable, RegisterUnavailable
from core.password_issuer import Password
from core.ports.clock import Clock
from core.ports.credentials import Issuance
from core.voter import Numic

__all__ = ["LdapCredentials", "LdapCredentialsSettings"]

Result = TypeVar("Result")
NOBODY = "00000000"
"""A NUMIC that no voter has."""
_SOMEBODYS = (
    "credential store: REASSORT_CREDENTIALS_LDAP_TRIAL_NUMIC names a voter of the register, whose "
    "password each trial would replace: nothing was changed"
)
_WAYS = {"hash": PutHash, "password": PutPassword, "unicodePwd": PutUnicodePwd}


class LdapCredentials:
    """`core.ports.credentials.Credentials` over LDAP. The directory is the host's.

    `is_a_voter`, which may raise `RegisterUnavailable`, is asked of the entry for trials before a
    password is set there.
    """

    def __init__(
        self,
        directory: Directory,
        settings: LdapCredentialsSettings,
        clock: Clock | None = None,
        is_a_voter: Callable[[Numic], Awaitable[bool]] | None = None,
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._is_a_voter = is_a_voter if settings.trial_numic else None
        self._clock = clock or SystemClock()
        if settings.send == "unicodePwd" and directory.is_plain:
            raise ValueError("an Active Directory takes passwords over TLS only")
        self._put = _WAYS[settings.send](settings, self._clock)
        self._turns = OneAtATime()
        self._examined = False

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        """See the port. An unknown voter is `CredentialsUnavailable`, too."""
        mark = Mark(rank_of(issuance))

        def work(connection: Connection) -> bool:
            self._examine(connection)
            return self._put(self._opener(connection), numic.value, password.reveal(), mark)

        await self._see_that_trials_are_nobodys()
        async with self._turns.turn(numic.value):
            return await self._run(work)

    async def check(self) -> None:
        """Raises `CredentialsUnavailable` when entries cannot be searched for, when the directory
        cannot hold passwords of ours, and when the entry for trials, if there is one, cannot be
        signed in as with a new password. Changes no voter's entry."""
        await self._run(self._look)
        if self._settings.trial_numic:
            await self._try()

    async def aclose(self) -> None:
        """Nothing to let go of: the directory is the host's."""

    async def _see_that_trials_are_nobodys(self) -> None:
        """Once: the register does not make a voter of the entry later."""
        if self._is_a_voter is None:
            return
        try:
            is_somebodys = await self._is_a_voter(Numic(self._settings.trial_numic))
        except RegisterUnavailable as failure:
            text = f"credential store: is the entry for trials a voter's? {failure}"
            raise CredentialsUnavailable(text) from None
        if is_somebodys:
            raise CredentialsUnavailable(_SOMEBODYS)
        self._is_a_voter = None

    async def _try(self) -> None:
        now = self._clock.now()
        issuance = Issuance(f"trial-{instant(now)}", "", now)
        password = Password(trial_password())
        try:
            await self.put(Numic(self._settings.trial_numic), password, issuance)
        except CredentialsRefused as refusal:
            raise CredentialsUnavailable(f"the entry for trials: {refusal}") from None

    def _look(self, connection: Connection) -> None:
        self._examine(connection)
        names = self._settings
        wanted = filter_for(names.numic_filter, NOBODY)
        one_entry(connection, names.base, wanted, ["1.1"], names.seconds)

    def _examine(self, connection: Connection) -> None:
        """Once: a server does not become another. Raises `DirectoryRefused`."""
        if self._examined:
            return
        objection = objection_to(root_dse(connection), self._settings.send)
        if objection is not None:
            raise DirectoryRefused(objection)
        self._examined = True

    def _opener(self, connection: Connection) -> Callable[[str], VoterEntry]:
        return lambda numic: VoterEntry(self._directory, connection, self._settings, numic)

    async def _run(self, work: Callable[[Connection], Result]) -> Result:
        try:
            return await self._directory.run(work)
        except EntryLocked as locked:
            raise CredentialsRefused(f"credential store: {locked}") from None
        except PasswordRefused as refusal:
            text = f"credential store: {refusal}"
            raise CredentialsRefused(text, refusal.why, refusal.until) from None
        except (DirectoryUnavailable, UnusableEntry, UnreadableMark, NotNow) as problem:
            raise CredentialsUnavailable(f"credential store: {problem}") from None
