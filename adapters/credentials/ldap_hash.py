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
from adapters.credentials.ldap_settings import LdapCredentialsSettings
from adapters.credentials.ldap_trial import trial_password
from adapters.credentials.mark import Mark, NotNow, settled
from core.ports.clock import Clock

TRIES = 10
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
        entry, hashed = open_entry(numic), ""
        before: list[Mark | None] = []
        while len(before) < TRIES:
            there = entry.read()
            answer = settled(there, mark, self._clock.now())
            if answer is False or (answer and self._is_in_force(entry, password)):
                return answer
            if before and before[-1] == there:
                break  # nobody was quicker: it is refused
            before.append(there)
            hashed = hashed or self._hashed(password)
            self._prove(open_entry, entry)
            if entry.replace_mark(there, mark, hashed):
                self._see_it_open(entry, password)
                return True
        raise NotNow("the password or its mark is refused")

    def _hashed(self, password: str) -> str:
        return self._settings.hash_prefix + self._argon2id.hash(password)

    def _is_in_force(self, entry: VoterEntry, password: str) -> bool:
        return not self._settings.binds or entry.opens(password)

    def _see_it_open(self, entry: VoterEntry, password: str) -> None:
        if not self._settings.binds:
            return
        try:
            entry.must_open(password)
        except DirectoryRefused:
            self._proven = False
            raise

    def _prove(self, open_entry: OpenEntry, entry: VoterEntry) -> None:
        """Raises `DirectoryRefused`, and nothing was changed, unless hashes open a sign-in here."""
        if self._proven:
            return
        trial = self._settings.trial_numic
        if not (self._opens_on(open_entry(trial)) if trial else self._opens_beside(entry)):
            raise DirectoryRefused("the directory does not verify our hashes: nothing was changed")
        self._proven = True

    def _opens_on(self, entry: VoterEntry) -> bool:
        """On the entry that is nobody's."""
        entry.read()
        entry.set_hash(self._tried)
        return entry.opens(self._unknown)

    def _opens_beside(self, entry: VoterEntry) -> bool:
        """Beside the voter's password, for a moment."""
        entry.add_hash(self._tried)
        try:
            return entry.opens(self._unknown)
        finally:
            entry.take_hash_away(self._tried)

    @cached_property
    def _tried(self) -> str:
        """The same for all that this process tries, so that what a lost answer has left behind is
        taken away by the next attempt."""
        return self._hashed(self._unknown)
