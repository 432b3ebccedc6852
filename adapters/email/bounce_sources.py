"""Where bounces come in: piped by the MTA, one mail a run, or as files of a maildir.

A mail is put away once what it says is stored: a crash in between has it read again, and a bounce
that is recorded twice changes nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol

import structlog

from core.delivery import DeliveryState
from core.errors import DependencyFailure
from core.use_cases.record_bounce import Bounce, BounceOutcome

from .bounces import LONGEST, Bounces, NotABounce

OK = 0
TRY_AGAIN = 75
"""`EX_TEMPFAIL` of sysexits.h: the MTA keeps the mail and pipes it again later."""

TakeBounce = Callable[[Bounce], Awaitable[BounceOutcome]]
"""Raises `DependencyFailure` when the bounce is to be reported again."""
NoteUnread = Callable[[str], Awaitable[object]]
"""Is given what tells the report from others. Raises `DependencyFailure` likewise."""

_log = structlog.stdlib.get_logger("reassort.bounces")


class Fate(StrEnum):
    """What becomes of a mail that was read."""

    DONE = "done"
    FOREIGN = "foreign"
    """It was no bounce of ours, and may be somebody's letter."""
    KEPT = "kept"
    """It is to be read again."""


@dataclass(frozen=True)
class Mail:
    """One mail, as far as it is looked at; `put_away` is told its fate."""

    content: bytes = field(repr=False)
    put_away: Callable[[Fate], None]


class BounceSource(Protocol):
    """Where mails come from."""

    def mails(self) -> AsyncIterator[Mail]:
        """Those that are there now, each once."""
        ...


@dataclass
class Summary:
    """What became of the mails, in words, counted; `exit_code` is for the MTA."""

    counts: Counter[str] = field(default_factory=Counter[str])
    must_repeat: bool = False

    @property
    def exit_code(self) -> int:
        return TRY_AGAIN if self.must_repeat else OK


@dataclass(frozen=True)
class BounceRecorder:
    """Reads mails and records what they say."""

    bounces: Bounces
    record: TakeBounce
    note_unread: NoteUnread

    async def __call__(self, source: BounceSource) -> Summary:
        """Record what is there. Stops at the first that cannot be stored: the store is down for the
        others as well."""
        summary = Summary()
        async for mail in source.mails():
            try:
                outcome = await self._record(mail.content)
            except NotABounce as no:
                summary.counts[f"no bounce: {no.reason}"] += 1
                mail.put_away(Fate.FOREIGN)
                continue
            except DependencyFailure as failure:
                summary.counts[f"not recorded: {failure.dependency} unavailable"] += 1
                summary.must_repeat = True
                mail.put_away(Fate.KEPT)
                break
            early = outcome is BounceOutcome.TOO_EARLY
            summary.must_repeat = summary.must_repeat or early
            summary.counts[outcome.value] += 1
            mail.put_away(Fate.KEPT if early else Fate.DONE)
        return summary

    async def _record(self, mail: bytes) -> BounceOutcome:
        """A report that ties to nothing, or says no reason that we know, is noted: a mail server
        that we cannot read looks like one that delivers."""
        try:
            bounce = self.bounces.read(mail)
        except NotABounce as no:
            if no.is_report:
                await self._note(mail, no.reason)
            raise
        if bounce.state is DeliveryState.FAILED and bounce.reason is None:
            await self._note(mail, "no reason that is known")
        return await self.record(bounce)

    async def _note(self, mail: bytes, reason: str) -> None:
        await self.note_unread(hashlib.sha256(mail).hexdigest()[:32])
        _log.warning("bounce_unread", reason=reason)


@dataclass(frozen=True)
class Piped:
    """The mail that an MTA writes to our standard input."""

    stream: BinaryIO

    async def mails(self) -> AsyncIterator[Mail]:
        content = self.stream.read(LONGEST)
        while self.stream.read(LONGEST):  # an MTA takes a closed pipe for a failure
            pass
        yield Mail(content, lambda fate: None)


@dataclass(frozen=True)
class Maildir:
    """The new mails of a maildir. Those done with are moved to `cur`, as seen; or deleted, when
    `delete` is set: foreign ones never are. Mails to be read again stay in `new`."""

    path: Path
    delete: bool = False

    def __post_init__(self) -> None:
        if not all((self.path / name).is_dir() for name in ("new", "cur")):
            raise ValueError("no maildir: it has no folders new and cur")

    async def mails(self) -> AsyncIterator[Mail]:
        for file in sorted((self.path / "new").iterdir()):
            content = _beginning(file)
            if content is not None:
                yield Mail(content, lambda fate, file=file: self._put_away(file, fate))

    def _put_away(self, file: Path, fate: Fate) -> None:
        """Another process may have done it already."""
        if fate is Fate.KEPT:
            return
        try:
            if fate is Fate.DONE and self.delete:
                file.unlink()
            else:
                os.replace(file, self.path / "cur" / f"{file.name.partition(':')[0]}:2,S")
        except FileNotFoundError:
            pass


def _beginning(file: Path) -> bytes | None:
    """None for what is no mail, or is not there any more."""
    if file.name.startswith("."):
        return None
    try:
        with file.open("rb") as mail:
            return mail.read(LONGEST)
    except (FileNotFoundError, IsADirectoryError):
        return None
