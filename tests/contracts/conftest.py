"""What the contract suites share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from core.attempt import Attempt


@pytest.fixture
def begun(noon: datetime) -> Callable[..., Attempt]:
    """Makes an attempt that was just begun; fields may be given."""

    def make(delivery: str = "r1.password", number: int = 1, **fields: object) -> Attempt:
        return replace(Attempt(delivery, number, "north", "AR", 70_000, noon), **fields)

    return make
