"""The entry that is nobody's: passwords for it are of the same kind as voters', so that a policy
judges them alike; what is wrong with it is no voter's fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.connections.directory import DirectoryRefused
from adapters.connections.directory_search import UnusableEntry
from adapters.credentials.ldap_locks import EntryLocked
from adapters.system import SystemRandomness
from core.policy import RenewalPolicy


def trial_password() -> str:
    """Another each time, by the default policy of passwords."""
    policy = RenewalPolicy()
    symbols = policy.password_alphabet
    chance = SystemRandomness().token(policy.password_length)
    return "".join(symbols[each % len(symbols)] for each in chance)


@contextmanager
def entry_for_trials() -> Iterator[None]:
    """What is refused of it, its lock too, is `DirectoryRefused`, and says which entry is meant."""
    try:
        yield
    except (EntryLocked, UnusableEntry) as problem:
        raise DirectoryRefused(f"the entry for trials: {problem}") from None
