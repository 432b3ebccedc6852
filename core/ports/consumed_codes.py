"""The security codes that were answered, in the store."""

from datetime import datetime
from typing import Protocol


class ConsumedCodes(Protocol):
    """The security codes that were answered."""

    async def consume(self, code_id: str, until: datetime) -> bool:
        """True for the first caller with this id, False for every other. Kept until `until`."""
        ...

    async def is_consumed(self, code_id: str) -> bool:
        """Whether someone was the first. Consumes nothing."""
        ...
