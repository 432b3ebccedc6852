"""The limits of one deployment's documents. What each means for operators: `settings/hardening`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DocumentLimits:
    """Every figure is the most that passes."""

    length: int = 20_000
    """UTF-8 bytes of a document."""
    tokens: int = 1_000
    """Comments count. Twice what the longest introspection query has."""
    comments: int = 2_000
    """Characters of all comments together."""
    string: int = 10_000
    """Characters of one string as it is written."""
    name: int = 100
    """Characters of one name."""
    number: int = 30
    """Characters of one number as it is written."""
    literal_depth: int = 8
    """Lists and objects within each other in one value."""
    operations: int = 10
    fragments: int = 20
    repeats: int = 30
    """Uses of one response name in a document: validation compares each with each."""
    directives_at_once: int = 3
    """Directives in one place."""
    depth: int = 10
    """Fields within each other."""
    fields: int = 250
    aliases: int = 15
    directives: int = 20
    cost: int = 300
    """See `cost`."""
    errors: int = 10
    """Errors of validation that are told; it ends there."""
    introspection: bool = False
    """Whether `__schema` and `__type` may be asked for."""
