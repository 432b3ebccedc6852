"""One voter's entry, as it is seen by anyone who puts a password: found, marked, signed in as."""

from __future__ import annotations

from adapters.connections.directory import (
    MODIFY_ADD,
    MODIFY_DELETE,
    MODIFY_REPLACE,
    Connection,
    Directory,
    DirectoryRefused,
)
from adapters.connections.directory_search import (
    SUCCESS,
    UnusableEntry,
    expect,
    filter_for,
    one_entry,
)
from adapters.credentials.ldap_settings import LdapCredentialsSettings
from adapters.credentials.mark import Mark

NO_SUCH_ATTRIBUTE, CONSTRAINT_VIOLATION, VALUE_EXISTS = 16, 19, 20
_SOMEBODY_WAS_QUICKER = (NO_SUCH_ATTRIBUTE, CONSTRAINT_VIOLATION, VALUE_EXISTS)
"""The mark that was read is gone, or there is one now. 19 may also be the policy's."""

Changes = dict[str, list[tuple[str, list[str]]]]


class VoterEntry:
    """Over one connection, for one piece of work. `read` it first."""

    def __init__(
        self,
        directory: Directory,
        connection: Connection,
        settings: LdapCredentialsSettings,
        numic: str,
    ) -> None:
        self._directory = directory
        self._connection = connection
        self._settings = settings
        self._wanted = filter_for(settings.numic_filter, numic)
        self._dn = ""

    def read(self) -> Mark | None:
        """The mark that is there. Raises `UnusableEntry` without such a voter, `UnreadableMark`."""
        names, seconds = [self._settings.mark], self._settings.seconds
        found = one_entry(self._connection, self._settings.base, self._wanted, names, seconds)
        if found is None:
            raise UnusableEntry("no such voter")
        self._dn = found.dn
        value = found.value(self._settings.mark)
        return None if value is None else Mark.read(value)

    def replace_mark(self, there: Mark | None, new: Mark | None, hashed: str | None = None) -> bool:
        """`new`, and with it the hash, in one modification. False, and nothing was changed, when
        `there` is no longer the mark: somebody was quicker."""
        gone = [] if there is None else [(MODIFY_DELETE, [there.written])]
        come = [] if new is None else [(MODIFY_ADD, [new.written])]
        changes: Changes = {self._settings.mark: [*gone, *come]}
        if hashed is not None:
            changes[self._settings.password] = [(MODIFY_REPLACE, [hashed])]
        self._connection.modify(self._dn, changes)
        return expect(self._connection, SUCCESS, *_SOMEBODY_WAS_QUICKER) == SUCCESS

    def set_hash(self, hashed: str) -> None:
        """In the place of whatever password is there, the mark untouched: for an entry that is
        nobody's. Raises `DirectoryRefused`."""
        self._connection.modify(self._dn, {self._settings.password: [(MODIFY_REPLACE, [hashed])]})
        expect(self._connection, SUCCESS)

    def add_hash(self, hashed: str) -> None:
        """Another password beside those that are there. Raises `DirectoryRefused`."""
        self._connection.modify(self._dn, {self._settings.password: [(MODIFY_ADD, [hashed])]})
        expect(self._connection, SUCCESS, VALUE_EXISTS)

    def take_hash_away(self, hashed: str) -> None:
        """That one alone, if it is there, and unless a policy protects it for its youth."""
        self._connection.modify(self._dn, {self._settings.password: [(MODIFY_DELETE, [hashed])]})
        expect(self._connection, SUCCESS, NO_SUCH_ATTRIBUTE, CONSTRAINT_VIOLATION)

    def set_password(self, password: str) -> None:
        """By RFC 3062, so that the directory applies its policy and hashes. The octets are sent as
        they are. Raises `DirectoryRefused`, and nothing was changed."""
        self._connection.extend.standard.modify_password(self._dn, new_password=password.encode())
        expect(self._connection, SUCCESS)

    def opens(self, password: str) -> bool:
        """Whether one can sign in as this entry with it. A refusal may count as a failed sign-in of
        the voter's, so nobody asks in a loop."""
        return self._directory.bind_as(self._dn, password) == SUCCESS

    def must_open(self, password: str) -> None:
        """Raises `DirectoryRefused` unless one can sign in with it."""
        code = self._directory.bind_as(self._dn, password)
        if code != SUCCESS:
            raise DirectoryRefused(f"the new password does not open a sign-in ({code})")
