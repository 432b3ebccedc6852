"""Taking a voter's demand in: the one commit that answers wait for."""

from datetime import datetime
from typing import Protocol

from core.jobs import Job
from core.recovery_request import RecoveryRequest


class Intake(Protocol):
    """A door of its own beside the unit of work, because it is where the load is: an engine may
    take a request in by a single statement."""

    async def accept(
        self, code_id: str, until: datetime | None, request: RecoveryRequest, job: Job
    ) -> bool:
        """Record the right answer to a security code, store `request` and queue `job`, due when the
        request was received: all in one durable commit. `until` is as in `ConsumedCodes.consume`;
        None: there is nothing to record of the code.

        False: the code was answered before, and nothing is stored. Of calls with one code, however
        many at once, one gets True. Raises `StoreUnavailable`; then nothing is stored, unless the
        connection to a server was lost on the way: then all of it may be, never a part.
        """
        ...
