"""Who one can be at the demo's issuer, and what that allows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from graphql_api.access.scopes import DELIVERIES, EVIDENCE, OPERATIONS, OPERATIONS_ACT

CLAIM = "roles"
"""Of a token: what the person is."""


class Role(StrEnum):
    """As it stands in a token; the page says it in words."""

    OPERATOR = "operator"
    BUREAU = "bureau"
    NOBODY = "nobody"


GRANTS: Mapping[str, tuple[str, ...]] = {
    Role.OPERATOR: (DELIVERIES, OPERATIONS, OPERATIONS_ACT, EVIDENCE),
    Role.BUREAU: (EVIDENCE,),
}
"""Scopes by role; who has none of these may see nothing."""
