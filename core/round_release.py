"""A voting round is held until two persons release it (R47).

The law has personal data kept under seal until the decision on the election is final (electoral
code, R179-1). In 2022 the vote of 18 June was annulled on 20 January 2023."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.keys import Keyring, Purpose
from core.rows_deleted import MessagesDeleted
from core.trace import check_words

MOST_FAILURES = 5
"""Wrong codes in a row after which an operator's are refused for `PAUSE`."""
PAUSE = timedelta(minutes=15)
EMPTY_DIGEST = bytes(32)
"""Where the chain of digests begins."""


@dataclass(frozen=True)
class Operator:
    """Who may release rounds, known by codes that an app makes (RFC 6238). Kept after the removal,
    as a trace; a name is never given twice. Raises `ValueError` for a name that is no trace."""

    name: str
    secret: bytes
    """Sealed; empty after the removal."""
    key_id: str
    added_at: datetime
    added_by: str
    failures: int = 0
    failed_at: datetime | None = None
    removed_at: datetime | None = None
    removed_by: str | None = None

    def __post_init__(self) -> None:
        check_words(name=self.name, by=self.added_by)

    def must_wait(self, now: datetime) -> bool:
        """Whether codes are refused for now: too many were wrong."""
        failed = self.failures >= MOST_FAILURES and self.failed_at is not None
        return failed and self.failed_at is not None and now < self.failed_at + PAUSE


@dataclass(frozen=True)
class Hold:
    """An order that a round is not released. Kept after its end, as a trace."""

    round_id: str
    held_at: datetime
    held_by: str
    reason: str
    lifted_at: datetime | None = None
    lifted_by: str | None = None

    def __post_init__(self) -> None:
        check_words(by=self.held_by, why=self.reason)


@dataclass(frozen=True)
class Release:
    """What one person proposes and another approves. A hold withdraws it."""

    round_id: str
    proposed_at: datetime
    proposed_by: str
    id: int = 0
    """Given by the store."""
    approved_at: datetime | None = None
    approved_by: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None

    def is_due(self, now: datetime, term: timedelta) -> bool:
        """Whether what belongs to the round may be deleted, as far as this round goes."""
        stands = self.withdrawn_at is None and self.approved_at is not None
        return stands and self.approved_at is not None and self.approved_at + term <= now


@dataclass(frozen=True)
class Doomed:
    """Of a request that may go: what the digest is made of. Nothing in it tells the voter."""

    id: str
    received_at: int
    """Microseconds since 1970, UTC, like the others."""
    state: str
    reason: str | None
    confirmed_at: int | None
    changed_at: int | None
    rounds: tuple[str, ...]

    def goes(self, round_id: str, released: Collection[str]) -> bool:
        """Whether it belongs to this round, and every round of its is released."""
        return round_id in self.rounds and all(each in released for each in self.rounds)

    @property
    def line(self) -> bytes:
        """As the digest takes it: a JSON array, UTF-8."""
        values = [self.id, self.received_at, self.state, self.reason]
        values += [self.confirmed_at, self.changed_at, list(self.rounds)]
        return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Destruction:
    """The record of what a release destroyed. It outlives the data and names no voter."""

    release_id: int
    round_id: str
    begun_at: datetime
    last_id: str = ""
    """How far the requests were looked through, by id."""
    requests: int = 0
    messages: int = 0
    attempts: int = 0
    shared: int = 0
    """Requests that stay, because another of their rounds is not released."""
    first_at: int | None = None
    """When the first of them was received: microseconds since 1970, UTC."""
    last_at: int | None = None
    digest: bytes = EMPTY_DIGEST
    """For each request in the order of the ids: SHA-256 of the digest before and its line."""
    ended_at: datetime | None = None
    key_id: str | None = None
    seal: bytes | None = None
    changes: int = 0
    """Of messages and attempts: see `core/message_change.py`."""

    def after(self, gone: Sequence[Doomed], messages: MessagesDeleted, shared: int) -> Destruction:
        """These, in the order of their ids, are gone as well, with so many messages; so many that
        were looked at stay."""
        digest = self.digest
        for each in gone:
            digest = hashlib.sha256(digest + each.line).digest()
        times = [each.received_at for each in gone]
        times += [each for each in (self.first_at, self.last_at) if each is not None]
        return replace(
            self,
            requests=self.requests + len(gone),
            messages=self.messages + messages.messages,
            attempts=self.attempts + messages.attempts,
            changes=self.changes + messages.changes,
            shared=self.shared + shared,
            first_at=min(times, default=None),
            last_at=max(times, default=None),
            digest=digest,
        )

    def sealed(self, now: datetime, release: Release, keyring: Keyring) -> Destruction:
        """It is complete; whoever changes it later, or who released, is found out."""
        ended = replace(self, ended_at=now, key_id=keyring.newest)
        return replace(ended, seal=keyring.mac(Purpose.DESTRUCTION, ended.statement(release)))

    def is_stale(self, keyring: Keyring) -> bool:
        """Whether an older key of the ring has sealed it."""
        return self.key_id is not None and self.key_id != keyring.newest and self.key_id in keyring

    def verifies(self, release: Release, keyring: Keyring) -> bool:
        """Whether it is as it was sealed. Raises `KeyError` when its key is not in the ring."""
        if self.seal is None or self.key_id is None:
            return False
        statement = self.statement(release)
        return keyring.mac(Purpose.DESTRUCTION, statement, self.key_id) == self.seal

    def statement(self, release: Release) -> bytes:
        """Everything that the record says, in one way of writing."""
        at = (release.proposed_at, release.approved_at, self.begun_at, self.ended_at)
        values = [
            self.release_id,
            self.round_id,
            self.requests,
            self.messages,
            self.attempts,
            self.changes,
            self.shared,
            self.first_at,
            self.last_at,
            self.digest.hex(),
            release.proposed_by,
            release.approved_by,
            *(each and each.isoformat() for each in at),
        ]
        return json.dumps(values, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Kept:
    """How many requests belong to just these rounds; none named: not known to which."""

    rounds: tuple[str, ...]
    requests: int
