"""The real clock and the real chance: the only place that asks the operating system for them."""

import secrets
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.clock_check import Uptime

BOOT = Path("/proc/sys/kernel/random/boot_id")
"""On Linux; elsewhere no other process is taken for one of the same machine."""


class SystemClock:
    """The port `Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemRandomness:
    """The port `Randomness`."""

    def token(self, size: int) -> bytes:
        return secrets.token_bytes(size)


def system_uptime() -> Uptime:
    """How long this machine has been running; the start's name is one's own where none is given."""
    boot = secrets.token_hex(16)
    with suppress(OSError):
        boot = BOOT.read_text("ascii").strip()
    return Uptime(boot, timedelta(seconds=time.monotonic()))
