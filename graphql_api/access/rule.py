"""The access that is declared beside each field of the schema (R40).

`open_to(...)` is the metadata of a field; `shown_to(...)` decorates a type, for those of its fields
that say nothing themselves. A field without either is open to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType

from graphql_api.strawberry_inside import origin_of

from .caller import Access, Caller
from .scopes import DELIVERIES

_KEY = "reassort.access"
_ATTRIBUTE = "__reassort_access__"
_WITHOUT_SCOPES = Access.VOTER | Access.ROUTER
Type = TypeVar("Type", bound=type)


@dataclass(frozen=True)
class Rule:
    """Who may have a field. Scopes are asked of partners and dashboards: all of them."""

    access: Access = Access.NONE
    scopes: frozenset[str] = frozenset()

    def admits(self, caller: Caller) -> bool:
        ways = self.access & caller.access
        return bool(ways & _WITHOUT_SCOPES) or (bool(ways) and self.scopes <= caller.scopes)


CLOSED = Rule()
"""What holds for a field that nobody thought about."""
DASHBOARDS = Rule(Access.DASHBOARD, frozenset({DELIVERIES}))
"""What the dashboards' fields have in common."""


def open_to(access: Access, *scopes: str) -> dict[str, Any]:
    """The metadata of a Strawberry field."""
    return {_KEY: Rule(access, frozenset(scopes))}


def shown_to(access: Access, *scopes: str) -> Callable[[Type], Type]:
    """Decorates a Strawberry type, and with it those that inherit from it."""

    def decorate(kind: Type) -> Type:
        setattr(kind, _ATTRIBUTE, Rule(access, frozenset(scopes)))
        return kind

    return decorate


def rule_of(kind: GraphQLObjectType | GraphQLInterfaceType, field: GraphQLField) -> Rule:
    """What is declared beside this field, else at its type."""
    declared = getattr(origin_of(field), "metadata", {}).get(_KEY)
    if declared is not None:
        return declared
    origin = getattr(origin_of(kind), "origin", None)
    return getattr(origin, _ATTRIBUTE, CLOSED)
