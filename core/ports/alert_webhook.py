"""Alerts, out, to a program that takes them."""

from collections.abc import Mapping
from typing import Protocol


class AlertWebhook(Protocol):
    """One address of the operators'."""

    async def send(self, notice_id: str, payload: Mapping[str, object]) -> None:
        """Returns once the other side has taken the notice over. It may get it twice, with the same
        `notice_id`, which holds no full stop. Raises `MessageDeferred`."""
        ...
