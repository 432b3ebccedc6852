"""The unit of work: everything that one step changes, in one durable commit."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from core.delivery import Delivery
from core.ports.assistance import AssistanceRequests
from core.ports.attempts import Attempts, EarlyReceipts
from core.ports.deliveries import Deliveries
from core.ports.delivery_figures import DeliveryFigures
from core.ports.jobs import JobQueue
from core.ports.partners import PartnerKeys, Partners
from core.ports.recovery_requests import (
    Housekeeping,
    OneTimeLinks,
    RecoveryRequests,
    RenewalHistory,
)
from core.ports.route_ledger import RouteLedger


class ConsumedCodes(Protocol):
    """The security codes that were answered."""

    async def consume(self, code_id: str, until: datetime) -> bool:
        """True for the first caller with this id, False for every other. Kept until `until`."""
        ...


class UnitOfWork(Protocol):
    """An open transaction, seen through the ports."""

    @property
    def requests(self) -> RecoveryRequests: ...
    @property
    def links(self) -> OneTimeLinks: ...
    @property
    def history(self) -> RenewalHistory: ...
    @property
    def housekeeping(self) -> Housekeeping: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def attempts(self) -> Attempts: ...
    @property
    def early_receipts(self) -> EarlyReceipts: ...
    @property
    def figures(self) -> DeliveryFigures: ...
    @property
    def routes(self) -> RouteLedger: ...
    @property
    def assistance(self) -> AssistanceRequests: ...
    @property
    def codes(self) -> ConsumedCodes: ...
    @property
    def partners(self) -> Partners: ...
    @property
    def partner_keys(self) -> PartnerKeys: ...
    @property
    def jobs(self) -> JobQueue: ...

    async def queue(self, message: Delivery) -> None:
        """Record a new message, and the job that sends it at once (R29)."""
        ...


BeginUnit = Callable[[], AbstractAsyncContextManager[UnitOfWork]]
"""Opens a unit of work. Leaving it normally commits, durably; leaving it by an exception rolls it
back. Units are serialised as far as the rows they touch go. Keep other I/O out of them. Raises
`StoreUnavailable` at entry or commit; after that nothing of the unit is stored, unless the
connection to a server was lost in the very commit: then all of it may be, never a part."""
