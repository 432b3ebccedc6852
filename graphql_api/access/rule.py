"""The access that is declared beside each field of the schema (R40).

`open_to(...)` is the metadata of a field; `shown_to(...)` decorates a type, for those of its fields
that say nothing themselves. A field without either is open to nobody.

What a field is given counts as a secret, such as a link's token, unless the field says that its
arguments may stand in a URL: URLs end in histories and in logs of proxies (R20).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    get_named_type,
)

from graphql_api.strawberry_inside import origin_of

from .caller import Access, Caller
from .scopes import DELIVERIES, EVIDENCE, OPERATIONS, OPERATIONS_ACT

_KEY = "reassort.access"
_IN_URLS = "reassort.in_urls"
_ATTRIBUTE = "__reassort_access__"
_WITHOUT_SCOPES = Access.VOTER | Access.ROUTER
Type = TypeVar("Type", bound=type)


@dataclass(frozen=True)
class Rule:
    """Who may have a field. Scopes are asked of partners and dashboards: all of them."""

    access: Access = Access.NONE
    scopes: frozenset[str] = frozenset()
    is_secret: bool = False
    """Whether what the field is given must not stand in a URL."""

    def admits(self, caller: Caller) -> bool:
        ways = self.access & caller.access
        return bool(ways & _WITHOUT_SCOPES) or (bool(ways) and self.scopes <= caller.scopes)


CLOSED = Rule()
"""What holds for a field that nobody thought about."""
DASHBOARDS = Rule(Access.DASHBOARD, frozenset({DELIVERIES}))
"""What the dashboards' fields have in common."""
OPERATORS = Rule(Access.DASHBOARD, frozenset({OPERATIONS}))
"""What the fields have in common that tell of single requests."""
ACTING = Rule(Access.DASHBOARD, frozenset({OPERATIONS, OPERATIONS_ACT}))
"""What the fields have in common by which operators act."""
BUREAUS = Rule(Access.DASHBOARD, frozenset({EVIDENCE}))
"""What the fields have in common that tell of a round's voters by their places."""


def open_to(access: Access, *scopes: str, in_urls: bool = False) -> dict[str, Any]:
    """The metadata of a Strawberry field. `in_urls`: no argument of it can be a secret, so that a
    query may come by GET."""
    return {_KEY: Rule(access, frozenset(scopes)), _IN_URLS: in_urls}


def shown_to(access: Access, *scopes: str) -> Callable[[Type], Type]:
    """Decorates a Strawberry type, and with it those that inherit from it."""

    def decorate(kind: Type) -> Type:
        setattr(kind, _ATTRIBUTE, Rule(access, frozenset(scopes)))
        return kind

    return decorate


def rule_of(kind: GraphQLObjectType | GraphQLInterfaceType, field: GraphQLField) -> Rule:
    """What is declared beside this field, else at its type."""
    metadata = getattr(origin_of(field), "metadata", {})
    origin = getattr(origin_of(kind), "origin", None)
    declared: Rule = metadata.get(_KEY) or getattr(origin, _ATTRIBUTE, CLOSED)
    if declared == CLOSED or metadata.get(_IN_URLS) or not _takes_text(field):
        return declared
    return replace(declared, is_secret=True)


def _takes_text(field: GraphQLField) -> bool:
    """Whether an argument can hold more than a choice: numbers count, as a NUMIC is one."""
    kinds = (get_named_type(each.type) for each in field.args.values())
    return any(not isinstance(kind, GraphQLEnumType) and kind != GraphQLBoolean for kind in kinds)
