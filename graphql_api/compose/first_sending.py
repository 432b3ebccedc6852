"""What providers report of the first sending, as files. An adapter is imported by the function that
reads it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from adapters.sending_reports import Report


def opened_report(
    file: Path, zone: ZoneInfo | None, encoding: str | None = None
) -> AbstractContextManager[Report]:
    """See `adapters.sending_reports`; times are held to this machine's clock."""
    from adapters.sending_reports import opened_report
    from adapters.system import SystemClock

    return opened_report(file, zone, SystemClock().now(), encoding)
