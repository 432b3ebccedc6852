"""Putting a password into an Active Directory: `unicodePwd`, and the mark in the same modification.

The attribute takes the password in quotation marks, in UTF-16LE, over TLS, and is never read
(Microsoft, [MS-ADTS] 3.1.1.3.1.5). The directory hashes it. It holds one password, so none can be
tried beside it: on an entry that is nobody's only.

For an hour an Active Directory goes on letting people in by the password before the present one
(Samba's `old password allowed period`, Microsoft's `OldPasswordAllowedPeriod`). So the new one is
written twice: then it is also the one before. Each time the mark has to be the one that was read.
"""

from __future__ import annotations

from adapters.credentials.ldap_entry import VoterEntry
from adapters.credentials.ldap_hash import PutHash
from adapters.credentials.ldap_refusals import PasswordRefused
from adapters.credentials.mark import Mark, NotNow


class PutUnicodePwd(PutHash):
    """The third way to put a password: like a hash, with what the directory hashes itself."""

    def _replaced(
        self, entry: VoterEntry, there: Mark | None, mark: Mark, written: str | bytes
    ) -> bool:
        once = mark.pending_until(self._clock.now())  # nobody waits for its end
        if not entry.replace_mark(there, once, written):
            return False
        try:
            return entry.replace_mark(once, mark, written)
        except PasswordRefused as refusal:  # the first time it was taken: something has changed
            raise NotNow(f"written once, then {refusal}") from None

    def _written(self, password: str) -> bytes:
        return f'"{password}"'.encode("utf-16-le")

    def _opens_beside(self, entry: VoterEntry) -> bool:
        return True
