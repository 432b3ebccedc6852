"""For how long what has served is kept, as far as no voting round holds it (R44, R47)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Terms:
    """Requests, their messages and attempts have no term: they belong to voting rounds, and are
    kept until all of those are released."""

    after_release: timedelta = timedelta(days=30)
    """From the approval of a round's release to the deletion of what belongs to it."""
    assistance: timedelta = timedelta(days=90)
    """Messages to the assistance cell, from their receipt; a stop of one voter's renewals, which
    the cell orders, from its end. It stays longer while a request of the voter's is kept."""
    held_receipts: timedelta = timedelta(days=1)
    """Receipts that wait for their attempt."""
    consumed_codes: timedelta = timedelta(minutes=5)
    """Answered security codes, from when they run out: an answer that was judged just before may
    be recorded this much later."""
