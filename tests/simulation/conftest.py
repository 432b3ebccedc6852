"""What holds of every election: nothing in it fails by a defect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _no_defect() -> Iterator[None]:
    """A job that fails by one is tried again for hours, and each failure would be printed with its
    whole traceback."""
    with structlog.testing.capture_logs() as told:
        yield
    assert [each["event"] for each in told if each.get("exc_info")] == []
