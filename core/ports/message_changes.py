"""What became of a request's messages, step by step."""

from collections.abc import Sequence
from typing import Protocol

from core.message_change import MessageChange


class MessageChanges(Protocol):
    """The store leaves a row for each change of a message, in the commit that changes it."""

    async def of(self, request_id: str) -> Sequence[MessageChange]:
        """Of all messages that the request caused, in the order in which they were recorded."""
        ...
