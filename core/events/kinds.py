"""The two kinds of events: one concerns a request, an alert concerns no single one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """Something that happened to a request."""

    request_id: str


@dataclass(frozen=True)
class Alert:
    """Something that an operator is to look at now; it concerns no single request."""
