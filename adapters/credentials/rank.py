"""How foreign systems are told which of two passwords is the later one (R19)."""

from __future__ import annotations

from datetime import UTC, datetime

from core.ports.credentials import Issuance

Rank = tuple[str, str]
"""When, and the request's id. Ranks compare as issuances do: the later instant, then the id."""


def rank_of(issuance: Issuance) -> Rank:
    """As it is written in the foreign system."""
    return instant(issuance.issued_at), issuance.request_id


def instant(at: datetime) -> str:
    """In UTC and of one width, so that texts compare as instants: 2026-05-29T12:00:00.000000Z."""
    naive = at.astimezone(UTC).replace(tzinfo=None)
    return f"{naive.isoformat(timespec='microseconds')}Z"
