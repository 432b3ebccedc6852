"""What is asked of the figures, and whether a run meets it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .contenders import (
    ALLAUTH,
    BARE,
    BETTER_AUTH,
    LEAN_OURS,
    OURS,
    OURS_WITH_MAIL,
    SQLITE_BARE,
    SQLITE_OURS,
)
from .results import Results

OF_BARE = {16: 0.65, 64: 0.75}
"""On PostgreSQL, by connections."""
OF_FULL_COMMITS = 0.8
OF_BETTER_AUTH, OF_ALLAUTH = 10.0, 14.0
WITH_MAIL = 1.3
LONGEST_P99 = 20.0
"""Milliseconds at 16 connections."""


@dataclass(frozen=True)
class Bound:
    """`found` is to be at least `wanted`; at most, where `is_limit`."""

    what: str
    wanted: float
    found: float
    by_cpu: float | None = None
    """The same ratio of CPU an answer, which other work disturbs less; None where it is that."""
    is_limit: bool = False

    @property
    def is_met(self) -> bool:
        return self.found <= self.wanted if self.is_limit else self.found >= self.wanted


def bounds(results: Results) -> list[Bound]:
    """Those whose figures the run has, by medians."""
    return [*_on_postgres(results), *_on_sqlite(results), *_with_mail(results)]


def _on_postgres(results: Results) -> Iterator[Bound]:
    for ours, called in ((OURS, "default settings"), (LEAN_OURS, "lean settings")):
        for connections, wanted in OF_BARE.items():
            yield from _ratio(results, ours, called, BARE, connections, wanted)
    for peers, wanted in ((BETTER_AUTH, OF_BETTER_AUTH), (ALLAUTH, OF_ALLAUTH)):
        for peer in peers:
            for connections in OF_BARE:
                yield from _ratio(results, OURS, "default settings", peer, connections, wanted)
    if results.has(OURS, 16):
        p99 = results.median(OURS, 16, "p99")
        yield Bound("p99 at 16 connections, default settings, ms", LONGEST_P99, p99, is_limit=True)


def _on_sqlite(results: Results) -> Iterator[Bound]:
    for connections in OF_BARE:
        yield from _ratio(
            results, SQLITE_OURS, "default settings", SQLITE_BARE, connections, OF_FULL_COMMITS
        )


def _ratio(
    results: Results, ours: str, called: str, theirs: str, connections: int, wanted: float
) -> Iterator[Bound]:
    if results.has(ours, connections) and results.has(theirs, connections):
        what = f"{called} / {results.words[theirs]}, {connections} connections"
        by_cpu = results.ratio(theirs, ours, connections, "cpu").median
        yield Bound(what, wanted, results.ratio(ours, theirs, connections).median, by_cpu)


def _with_mail(results: Results) -> Iterator[Bound]:
    for peer in BETTER_AUTH:
        if results.mails(OURS_WITH_MAIL) and results.mails(peer):
            what = f"CPU with the e-mail: {results.words[peer]} / reassort's"
            yield Bound(what, WITH_MAIL, results.mail_ratio(OURS_WITH_MAIL, peer).median)
