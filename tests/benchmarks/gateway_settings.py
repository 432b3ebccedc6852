"""Settings of a gateway that is measured in this process."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from graphql_api.settings import Settings, read_settings

_COUNTED = {
    "network_limit": "1000000/minute",
    "overall_limit": "1000000/minute",
    "log_level": "INFO",
}
"""As they come, but that no load reaches a limit: uses are counted all the same."""
_LEAN = {"network_limit": "none", "overall_limit": "none", "log_level": "WARNING"}


def gateway_settings(folder: Path, as_they_come: bool = False) -> Settings:
    """With an open round, over files in `folder`; lean unless `as_they_come`."""
    now = datetime.now(UTC)
    calendar = {
        "id": "2027-1",
        "opens_at": now - timedelta(days=1),
        "closes_at": now + timedelta(days=9),
    }
    return read_settings(
        keys="2027:" + "a2V5" * 11,
        voting_rounds=[calendar],
        data_dir=folder,
        email="inbox",
        sms="inbox",
        **(_COUNTED if as_they_come else _LEAN),
    )
