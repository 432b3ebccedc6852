"""Reports of mail servers that could not be read are seen."""

from __future__ import annotations

from datetime import timedelta

from core.delivery_figures import UNTIED_AFTER, AlertRule
from core.events import ReceiptsTied, ReceiptsUntied
from core.receipts import BOUNCES
from core.use_cases.note_unread_report import NoteUnreadReport
from core.use_cases.watch_receipts import WatchReceipts


async def test_unread_reports_are_counted_and_alerted(portal):
    """R30, R32: M3: each once, under a name in the place of a route's; too many are an alert, which
    ends with them."""
    note = NoteUnreadReport(portal.begin, portal.clock)
    watch = WatchReceipts(portal.store.read, AlertRule(untied=2), portal.clock, portal.events)
    for fingerprint in ("a", "b", "c", "c"):
        await note(fingerprint)
    portal.clock.advance(UNTIED_AFTER + timedelta(seconds=1))
    await watch()
    assert portal.events.kept[-1] == ReceiptsUntied(BOUNCES, 3)
    portal.clock.advance(AlertRule().window)
    await watch()
    assert portal.events.kept[-1] == ReceiptsTied(BOUNCES, 0)
