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
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from adapters.connections.directory import (
    MODIFY_ADD,
    MODIFY_DELETE,
    MODIFY_REPLACE,
    Connection,
    Directory,
    DirectoryUnavailable,
)
from adapters.connections.directory_search import (
    SUCCESS,
    Entry,
    UnusableEntry,
    check_template,
    expect,
    filter_for,
    one_entry,
)
from adapters.credentials.hashing import Argon2id, Argon2Parameters
from adapters.credentials.mark import Mark, NotNow, UnreadableMark, settled
from adapters.credentials.one_at_a_time import OneAtATime
from adapters.credentials.rank import rank_of
from adapters.system import SystemClock
from core.errors import CredentialsUnavailable
from core.password_issuer import Password
from core.ports.clock import Clock
from core.ports.credentials import Issuance
from core.voter import Numic

NO_SUCH_ATTRIBUTE, CONSTRAINT_VIOLATION, VALUE_EXISTS = 16, 19, 20
_SOMEBODY_WAS_QUICKER = (NO_SUCH_ATTRIBUTE, CONSTRAINT_VIOLATION, VALUE_EXISTS)
"""The mark that was read is gone, or there is one now. 19 may also be the policy's."""
TRIES = 10
NOBODY = "00000000"
"""A NUMIC that no voter has."""

Changes = dict[str, list[tuple[str, list[str]]]]


@dataclass(frozen=True)
class LdapCredentialsSettings:
    """Whose password, and where."""

    base: str
    numic_filter: str = "(numic={number})"
    mark: str = "reassortIssuance"
    """Attribute for the newest issuance: text, SINGLE-VALUE, with an equality match."""
    send: Literal["hash", "password"] = "hash"
    password: str = "userPassword"
    hash_prefix: str = "{ARGON2}"
    """What the directory wants before an argon2id hash: OpenLDAP's module `argon2` this one."""
    argon2id: Argon2Parameters = field(default_factory=Argon2Parameters)
    lease_seconds: int = 60
    """With `password`: how long others stay away while it is being set."""
    seconds: int = 3
    """The directory's own limit for a search."""

    def __post_init__(self) -> None:
        check_template(self.numic_filter)
        if not self.base or not self.mark or min(self.lease_seconds, self.seconds) < 1:
            raise ValueError("LDAP credentials need a base, a mark's attribute, and seconds")
        self.argon2id.require_strong()


class LdapCredentials:
    """`core.ports.credentials.Credentials` over LDAP. The directory is the host's."""

    def __init__(
        self, directory: Directory, settings: LdapCredentialsSettings, clock: Clock | None = None
    ) -> None:
        self._directory = directory
        self._settings = settings
        self._clock = clock or SystemClock()
        self._argon2id = Argon2id(settings.argon2id)
        self._turns = OneAtATime()

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        """See the port. An unknown voter is `CredentialsUnavailable`, too."""
        wanted = filter_for(self._settings.numic_filter, numic.value)
        mark = Mark(rank_of(issuance))
        work = self._put_hash if self._settings.send == "hash" else self._put_password
        try:
            async with self._turns.turn(numic.value):
                return await self._directory.run(lambda each: work(each, wanted, password, mark))
        except (DirectoryUnavailable, UnusableEntry, UnreadableMark, NotNow) as problem:
            raise CredentialsUnavailable(f"credential store: {problem}") from None

    async def check(self) -> None:
        """Raises `CredentialsUnavailable` when entries cannot be searched for; changes nothing."""
        wanted = filter_for(self._settings.numic_filter, NOBODY)
        base, seconds = self._settings.base, self._settings.seconds
        try:
            await self._directory.run(lambda each: one_entry(each, base, wanted, ["1.1"], seconds))
        except (DirectoryUnavailable, UnusableEntry) as problem:
            raise CredentialsUnavailable(f"credential store: {problem}") from None

    async def aclose(self) -> None:
        """Nothing to let go of: the directory is the host's."""

    def _put_hash(
        self, connection: Connection, wanted: str, password: Password, mark: Mark
    ) -> bool:
        hashed = self._settings.hash_prefix + self._argon2id.hash(password.reveal())
        for _ in range(TRIES):
            entry = self._entry(connection, wanted)
            there = self._mark(entry)
            if (answer := settled(there, mark, self._clock.now())) is not None:
                return answer
            changes = self._marking(there, mark)
            changes[self._settings.password] = [(MODIFY_REPLACE, [hashed])]
            if self._modified(connection, entry, changes):
                return True
        raise NotNow("the password or its mark is refused")

    def _put_password(
        self, connection: Connection, wanted: str, password: Password, mark: Mark
    ) -> bool:
        lease = timedelta(seconds=self._settings.lease_seconds)
        for _ in range(TRIES):
            entry = self._entry(connection, wanted)
            there = self._mark(entry)
            if (answer := settled(there, mark, self._clock.now())) is not None:
                return answer
            pending = mark.pending_until(self._clock.now() + lease)
            if self._modified(connection, entry, self._marking(there, pending)):
                return self._set(connection, entry, password, pending, mark)
        raise NotNow("the mark is refused")

    def _set(
        self, connection: Connection, entry: Entry, password: Password, pending: Mark, done: Mark
    ) -> bool:
        plain = password.reveal().encode()  # octets: sent as they are
        connection.extend.standard.modify_password(entry.dn, new_password=plain)
        expect(connection, SUCCESS)
        if not self._modified(connection, entry, self._marking(pending, done)):
            raise NotNow("somebody did not wait")
        return True

    def _entry(self, connection: Connection, wanted: str) -> Entry:
        names, seconds = [self._settings.mark], self._settings.seconds
        entry = one_entry(connection, self._settings.base, wanted, names, seconds)
        if entry is None:
            raise UnusableEntry("no such voter")
        return entry

    def _mark(self, entry: Entry) -> Mark | None:
        value = entry.value(self._settings.mark)
        return None if value is None else Mark.read(value)

    def _marking(self, there: Mark | None, new: Mark) -> Changes:
        gone = [] if there is None else [(MODIFY_DELETE, [there.written])]
        return {self._settings.mark: [*gone, (MODIFY_ADD, [new.written])]}

    def _modified(self, connection: Connection, entry: Entry, changes: Changes) -> bool:
        """False, and nothing was changed, when somebody was quicker."""
        connection.modify(entry.dn, changes)
        return expect(connection, SUCCESS, *_SOMEBODY_WAS_QUICKER) == SUCCESS
