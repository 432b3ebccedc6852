"""Who calls a sandbox: as in a deployment, and with credentials that everyone may know."""

from __future__ import annotations

from collections.abc import Iterable

from graphql_api.access.authentication import Authentication
from graphql_api.access.caller import Access, Caller
from graphql_api.access.refusal import AccessRefusal
from graphql_api.access.scopes import ASSISTANCE, DELIVERIES, RENEWALS

from .table import PARTNER

_CALLERS = {
    b"Bearer sandbox-partner": Caller(Access.PARTNER, PARTNER, frozenset({RENEWALS, ASSISTANCE})),
    b"Bearer sandbox-dashboard": Caller(
        Access.DASHBOARD, "sandbox-dashboard", frozenset({DELIVERIES})
    ),
}


class SandboxAuthentication(Authentication):
    """Over the one of a deployment, which judges everything else."""

    def __init__(self, inner: Authentication) -> None:
        self._inner = inner
        self.allows_origin, self.bars_origin = inner.allows_origin, inner.bars_origin
        self.partner_by = inner.partner_by
        self.start, self.aclose = inner.start, inner.aclose

    async def authenticate(self, headers: Iterable[tuple[bytes, bytes]]) -> Caller | AccessRefusal:
        shown = list(headers)
        known = [
            _CALLERS[value]
            for name, value in shown
            if name == b"authorization" and value in _CALLERS
        ]
        return known[0] if len(known) == 1 else await self._inner.authenticate(shown)
