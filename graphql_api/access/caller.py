"""Who calls, once it is established."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Flag, auto
from functools import cached_property
from typing import Any

CALLER = "reassort.caller"
"""Where an ASGI scope has the `Caller`, once the guard has let it pass."""
PARTNER = "reassort.partner"
"""Where a scope names the partner who calls, once someone has made sure of it."""


class Access(Flag):
    """The ways in which someone may have come; a field names those that it is open to."""

    NONE = 0
    VOTER = auto()
    """Nobody in particular: a voter's browser, where the gateway is open to the public."""
    PARTNER = auto()
    """The server of a partner's front end, by JWT or API key."""
    DASHBOARD = auto()
    """Someone of the authority's at a dashboard, by JWT."""
    ROUTER = auto()
    """Through the federation router, which says so by its own secret. Adds to one of the above."""


@dataclass(frozen=True)
class Caller:
    """How someone came, and what they may ask for.

    `name`: a partner's name, or the subject of anyone who looks at a dashboard; it may be personal.
    """

    access: Access = Access.NONE
    name: str = field(default="", repr=False)
    scopes: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()
    """Of a voter's browser: the partners whose page, by its origin, it shows."""
    voter_address: str | None = field(default=None, repr=False)
    """Of a partner: from where the voter came for whom it calls, if it says so."""

    @cached_property
    def partner(self) -> str | None:
        """The partner's name, when a partner calls."""
        return self.name if self.access & Access.PARTNER else None

    @cached_property
    def is_known(self) -> bool:
        return bool(self.access & (Access.PARTNER | Access.DASHBOARD))

    @cached_property
    def is_voter(self) -> bool:
        """Whether this may be a voter's browser."""
        return Access.VOTER in self.access


FRONT_ENDS = Access.VOTER | Access.PARTNER
"""Who fills in the guide's forms."""
EVERYONE = FRONT_ENDS | Access.DASHBOARD
"""For what the portal's pages show to anyone."""
ANONYMOUS = Caller(Access.VOTER)
"""A voter's browser, where the gateway is open to the public."""
STRANGER = Caller()
"""Nobody in particular, where it is not."""


def partner_of(scope: Mapping[str, Any]) -> str | None:
    """The partner who calls, if someone has made sure of it."""
    return scope.get(PARTNER)
