"""Putting a password by an operation of its own (RFC 3062), between two marks.

Its answer can be lost. Then the mark says *pending*, and the next attempt signs in before it sets
the password again: a policy that remembers passwords would refuse the very one that is in force.
After a refusal the mark says so, and no further attempt signs in: failed sign-ins lock voters out.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from adapters.connections.directory import DirectoryRefused
from adapters.credentials.ldap_entry import VoterEntry
from adapters.credentials.ldap_hash import OpenEntry
from adapters.credentials.ldap_refusals import PasswordRefused
from adapters.credentials.ldap_settings import LdapCredentialsSettings
from adapters.credentials.ldap_trial import entry_for_trials, trial_password
from adapters.credentials.mark import Mark, NotNow, settled
from core.ports.clock import Clock

TRIES = 10


class PutPassword:
    """The other way to put a password."""

    def __init__(self, settings: LdapCredentialsSettings, clock: Clock) -> None:
        self._lease = timedelta(seconds=settings.lease_seconds)
        self._clock = clock
        self._trial = settings.trial_numic

    def __call__(self, open_entry: OpenEntry, numic: str, password: str, mark: Mark) -> bool:
        entry = open_entry(numic)
        for _ in range(TRIES):
            there = entry.read()
            if settled(there, mark, self._clock.now()) is False:
                return False
            if there is not None and self._was_set_before(entry, password, there, mark):
                if not there.is_pending or entry.replace_mark(there, mark):
                    return True
                continue
            self._prove(open_entry)
            pending = mark.pending_until(self._clock.now() + self._lease)
            if entry.replace_mark(there, pending):
                self._set(entry, password, there, pending)
                if not entry.replace_mark(pending, mark):
                    raise NotNow("somebody did not wait")
                return True
        raise NotNow("the mark is refused")

    def _prove(self, open_entry: OpenEntry) -> None:
        """Once, where there is an entry for it. Raises `DirectoryRefused`, and no voter's password
        was changed, unless a new password opens a sign-in there. When a policy refuses the trial
        the voter's own entry is asked: a refusal changes nothing."""
        if not self._trial:
            return
        entry, password = open_entry(self._trial), trial_password()
        with entry_for_trials(), suppress(PasswordRefused):
            entry.read()
            entry.set_password(password)
            entry.must_open(password)
        self._trial = ""

    def _was_set_before(self, entry: VoterEntry, password: str, there: Mark, mark: Mark) -> bool:
        """By an attempt whose end we do not know, or a call that is being repeated."""
        return there.rank == mark.rank and not there.was_refused and entry.opens(password)

    def _set(self, entry: VoterEntry, password: str, there: Mark | None, pending: Mark) -> None:
        """Raises `DirectoryRefused`: nothing was changed, and the mark says nothing else."""
        try:
            entry.set_password(password)
        except DirectoryRefused:
            ours = there is not None and there.rank == pending.rank
            entry.replace_mark(pending, pending.refused() if ours else there)
            raise
        entry.must_open(password)
