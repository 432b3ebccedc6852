"""Putting our argon2id hash: with its mark, in one modification, after it was seen that this
directory opens a sign-in by such a hash.

A directory without the scheme takes the hash all the same, as if it were the password, and the old
password is gone. So each process first tries a hash of a password that nobody knows where it takes
nothing away: on an entry that is nobody's, or beside the voter's present password.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from adapters.connections.directory import DirectoryRefused
from adapters.credentials.hashing import Argon2id
from adapters.credentials.ldap_entry import VoterEntry
from adapters.credentials.ldap_locks import EntryLocked
from adapters.credentials.ldap_refusals import PasswordRefused
from adapters.credentials.ldap_settings import LdapCredentialsSettings
from adapters.credentials.ldap_trial import entry_for_trials, trial_password
from adapters.credentials.mark import Mark, NotNow, settled
from core.errors import CredentialsProblem
from core.ports.clock import Clock

TRIES = 10
_DOES_NOT_OPEN = {
    True: "the directory does not verify our hashes: nothing was changed",
    False: "a new password on the entry for trials opens no sign-in: no voter's was changed",
}
_NONE_BESIDE = (
    "no hash can be tried beside a voter's password, so REASSORT_CREDENTIALS_LDAP_TRIAL_NUMIC "
    "has to name an entry that is nobody's"
)
"""As where the attribute holds one value only."""
OpenEntry = Callable[[str], VoterEntry]


class PutHash:
    """One of the two ways to put a password. Remembers whether hashes were seen to open."""

    def __init__(self, settings: LdapCredentialsSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._argon2id = Argon2id(settings.argon2id)
        self._proven = not settings.binds
        self._unknown = trial_password()

    def __call__(self, open_entry: OpenEntry, numic: str, password: str, mark: Mark) -> bool:
        entry, written = open_entry(numic), None
        before: list[Mark | None] = []
        while len(before) < TRIES:
            there = entry.read()
            answer = settled(there, mark, self._clock.now())
            if answer is False or (answer and self._is_in_force(entry, password)):
                return answer
            if before and before[-1] == there:
                break  # nobody was quicker: it is refused
            before.append(there)
            written = written or self._written(password)
            self._prove(open_entry, entry)
            if self._replaced(entry, there, mark, written):
                self._see_it_open(entry, password)
                return True
        raise NotNow("the password or its mark is refused")

    def _replaced(
        self, entry: VoterEntry, there: Mark | None, mark: Mark, written: str | bytes
    ) -> bool:
        """False, and nothing was changed, when somebody was quicker."""
        return entry.replace_mark(there, mark, written)

    def _written(self, password: str) -> str | bytes:
        """What stands in the attribute for this password."""
        return self._settings.hash_prefix + self._argon2id.hash(password)

    def _is_in_force(self, entry: VoterEntry, password: str) -> bool:
        return not self._settings.binds or entry.opens(password)

    def _see_it_open(self, entry: VoterEntry, password: str) -> None:
        if not self._settings.binds:
            return
        try:
            entry.must_open(password)
        except EntryLocked:
            raise  # it says nothing of other entries
        except DirectoryRefused:
            self._proven = False
            raise

    def _prove(self, open_entry: OpenEntry, entry: VoterEntry) -> None:
        """Raises `DirectoryRefused`, and nothing was changed, unless hashes open a sign-in here."""
        if self._proven:
            return
        trial = self._settings.trial_numic
        opens = self._opens_on(open_entry(trial)) if trial else None
        if not (self._opens_beside(entry) if opens is None else opens):
            raise DirectoryRefused(_DOES_NOT_OPEN[self._settings.send == "hash"])
        self._proven = True

    def _opens_on(self, entry: VoterEntry) -> bool | None:
        """On the entry that is nobody's. None when its policy refuses the trial: the voter's own
        entry is asked then. One that is too young is waited for: a trial beside a voter's
        password would make that one too young as well."""
        with entry_for_trials():
            entry.read()
            try:
                entry.write(self._tried)
            except PasswordRefused as refusal:
                if refusal.why is CredentialsProblem.TOO_YOUNG:
                    raise DirectoryRefused(f"the entry for trials: {refusal}") from None
                return None
        return entry.opens(self._unknown)

    def _opens_beside(self, entry: VoterEntry) -> bool:
        """Beside the voter's password, for a moment. Raises `NotNow` when it may not have been
        there: that says nothing of hashes."""
        try:
            added = entry.add(self._tried)
        except PasswordRefused:
            raise
        except DirectoryRefused as refusal:
            raise DirectoryRefused(f"{refusal}: {_NONE_BESIDE}") from None
        try:
            if entry.opens(self._unknown):
                return True
            entry.raise_if_locked()
        finally:
            entry.take_away(self._tried)
        if not added:
            raise NotNow("a hash cannot be tried within the second of its last trial")
        return False

    @cached_property
    def _tried(self) -> str | bytes:
        """The same for all that this process tries, so that what a lost answer has left behind is
        taken away by the next attempt."""
        return self._written(self._unknown)
