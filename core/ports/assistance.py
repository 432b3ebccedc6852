"""The messages to the assistance cell in the store."""

from typing import Protocol

from core.assistance import AssistanceRequest


class AssistanceRequests(Protocol):
    """Assistance requests by id."""

    async def add(self, request: AssistanceRequest) -> None:
        """Store a new message to the cell."""
        ...

    async def get(self, request_id: str) -> AssistanceRequest | None:
        """The message, or None when there is none (any more)."""
        ...

    async def save(self, request: AssistanceRequest) -> None:
        """Replace what is stored under this id."""
        ...
