"""One voter's entry, as it is seen by anyone who puts a password: found, marked, signed in as."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

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
    Entry,
    UnusableEntry,
    expect,
    filter_for,
    one_entry,
)
from adapters.credentials.ldap_locks import (
    NAMES,
    EntryLocked,
    is_locked,
    is_locked_for_good,
    tells_of_a_lock,
)
from adapters.credentials.ldap_minimum_age import may_change_at
from adapters.credentials.ldap_refusals import ASK_WHY, refusal_in
from adapters.credentials.ldap_settings import LdapCredentialsSettings
from adapters.credentials.mark import Mark
from core.errors import CredentialsProblem

NO_SUCH_ATTRIBUTE, CONSTRAINT_VIOLATION, VALUE_EXISTS = 16, 19, 20
_SOMEBODY_WAS_QUICKER = (NO_SUCH_ATTRIBUTE, CONSTRAINT_VIOLATION, VALUE_EXISTS)
"""The mark that was read is gone, or there is one now. 19 may also be the policy's."""
_CHANGED = "the account is locked, after its password was changed"

Written = str | bytes
Changes = dict[str, Sequence[tuple[str, list[Written] | list[str]]]]


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
        """The mark that is there. Raises `UnusableEntry` without such a voter, `UnreadableMark`,
        and `EntryLocked` when somebody has locked the entry: nothing is changed then."""
        found = self._found()
        if is_locked_for_good(found):
            raise EntryLocked("the account is locked")
        self._dn = found.dn
        value = found.value(self._settings.mark)
        return None if value is None else Mark.read(value)

    def replace_mark(
        self, there: Mark | None, new: Mark | None, written: Written | None = None
    ) -> bool:
        """`new`, and with it what stands for the password, in one modification. False, and nothing
        was changed, when `there` is no longer the mark: somebody was quicker. Raises
        `PasswordRefused`, and nothing was changed, when a policy says why."""
        gone = [] if there is None else [(MODIFY_DELETE, [there.written])]
        come = [] if new is None else [(MODIFY_ADD, [new.written])]
        changes: Changes = {self._settings.mark: [*gone, *come]}
        if written is not None:
            changes[self._settings.attribute] = [(MODIFY_REPLACE, [written])]
        self._connection.modify(self._dn, changes, controls=ASK_WHY if written else None)
        self._raise_if_refused()
        return expect(self._connection, SUCCESS, *_SOMEBODY_WAS_QUICKER) == SUCCESS

    def write(self, written: Written) -> None:
        """In the place of whatever password is there, the mark untouched: for an entry that is
        nobody's. Raises `DirectoryRefused`."""
        self._modify(MODIFY_REPLACE, written)
        self._raise_if_refused()
        expect(self._connection, SUCCESS)

    def add(self, written: Written) -> bool:
        """Another password beside those that are there. False when that one is among them, or was
        within this second: OpenLDAP's history then refuses it likewise. Raises `DirectoryRefused`.
        """
        self._modify(MODIFY_ADD, written)
        self._raise_if_refused()
        return expect(self._connection, SUCCESS, VALUE_EXISTS) == SUCCESS

    def take_away(self, written: Written) -> None:
        """That one alone, if it is there, and unless a policy protects it for its youth."""
        self._modify(MODIFY_DELETE, written)
        expect(self._connection, SUCCESS, NO_SUCH_ATTRIBUTE, CONSTRAINT_VIOLATION)

    def _modify(self, how: str, written: Written) -> None:
        changes: Changes = {self._settings.attribute: [(how, [written])]}
        self._connection.modify(self._dn, changes, controls=ASK_WHY)

    def _raise_if_refused(self) -> None:
        refusal = refusal_in(self._connection.result)
        if refusal is None:
            return
        if refusal.why is CredentialsProblem.TOO_YOUNG:
            refusal.until = may_change_at(self._connection, self._dn)
        raise refusal

    def set_password(self, password: str) -> None:
        """By RFC 3062, so that the directory applies its policy and hashes. The octets are sent as
        they are. Raises `DirectoryRefused`, and nothing was changed."""
        set_to = self._connection.extend.standard.modify_password
        set_to(self._dn, new_password=password.encode(), controls=ASK_WHY)
        self._raise_if_refused()
        expect(self._connection, SUCCESS)

    def opens(self, password: str) -> bool:
        """Whether one can sign in as this entry with it. A refusal may count as a failed sign-in of
        the voter's, so nobody asks in a loop."""
        return self._directory.bind_as(self._dn, password).code == SUCCESS

    def must_open(self, password: str) -> None:
        """Raises `EntryLocked` when a lock keeps it closed, and `DirectoryRefused` when something
        else does."""
        answer = self._directory.bind_as(self._dn, password)
        if answer.code == SUCCESS:
            return
        if tells_of_a_lock(answer):
            raise EntryLocked(_CHANGED)
        self.raise_if_locked()
        raise DirectoryRefused(f"the new password does not open a sign-in ({answer.code})")

    def raise_if_locked(self) -> Literal[False]:
        """Raises `EntryLocked`, or is False."""
        if is_locked(self._found()):
            raise EntryLocked(_CHANGED)
        return False

    def _found(self) -> Entry:
        names, seconds = [self._settings.mark, *NAMES], self._settings.seconds
        found = one_entry(self._connection, self._settings.base, self._wanted, names, seconds)
        if found is None:
            raise UnusableEntry("no such voter")
        return found
