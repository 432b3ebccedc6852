"""What is kept of an import beside the register: its counts, for `reassort doctor`."""

from __future__ import annotations

import json
from datetime import datetime

from adapters.register.import_csv.outcome import ImportReport


def summary(outcome: ImportReport, now: datetime | None) -> str:
    """As JSON, without personal data."""
    return json.dumps(
        {
            "at": now and now.isoformat(timespec="seconds"),
            "lines": outcome.lines,
            "accepted": outcome.accepted,
            "rejected": outcome.rejected,
            "rejections": dict(outcome.rejections),
            "findings": dict(outcome.hygiene),
            "phones": dict(outcome.phones),
            "unusable_phones": outcome.unusable_phones,
            "proposed": outcome.proposed,
            "without_constituency": outcome.without_constituency,
            "without_post": outcome.without_post,
        }
    )
