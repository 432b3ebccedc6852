"""Bounces: where they come from, and what reads and records them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.email.bounce_sources import BounceRecorder, BounceSource, Maildir, Piped, Summary
from adapters.email.bounces import Bounces
from adapters.email.message_ids import MessageIds
from core.use_cases.note_unread_report import NoteUnreadReport

if TYPE_CHECKING:
    from .application import Application

__all__ = ["Summary", "record_bounces_of"]


async def record_bounces_of(
    application: Application, maildir: Path | None, delete: bool
) -> Summary:
    """Record the mail on the standard input, or the new ones of a maildir. Raises `ValueError` for
    a folder that is none."""
    settings = application.settings
    source: BounceSource = Piped(sys.stdin.buffer) if maildir is None else Maildir(maildir, delete)
    message_ids = MessageIds(settings.email_sender.rpartition("@")[2], settings.keyring)
    clock = application.ports.clock
    note_unread = NoteUnreadReport(application.ports.store.begin, clock)
    recorder = BounceRecorder(Bounces(message_ids, clock), application.record_bounce, note_unread)
    return await recorder(source)
