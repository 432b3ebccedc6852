"""Operations with their fragments expanded, without expanding them: each fragment is added up once.

A fragment that spreads another twice, which spreads a third twice, and so on, stands for 2^n fields
in n lines. Here it costs n additions: the sums of a fragment are kept under its name, innermost
first, on a stack of our own. A fragment within itself adds nothing the second time; validation
refuses it by its own rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .measure import Measure, Spread

CEILING = 10**9
"""Sums stop here: 2^n for a long document would be a number of thousands of digits."""


@dataclass(frozen=True)
class Sums:
    """What a definition holds with everything that it spreads."""

    depth: int
    fields: int
    aliases: int
    directives: int
    cost: int
    sensitive: int


NOTHING = Sums(0, 0, 0, 0, 0, 0)


def expand(fragments: Mapping[str, Measure]) -> dict[str, Sums]:
    """The sums of every fragment by its name."""
    sums: dict[str, Sums] = {}
    for name in fragments:
        if name not in sums:
            _expand_from(name, fragments, sums)
    return sums


def add_up(measure: Measure, sums: Mapping[str, Sums]) -> Sums:
    """A definition with the sums of what it spreads; what is not known there adds nothing."""
    depth, fields, aliases = measure.depth, measure.fields, measure.aliases
    directives, cost, sensitive = measure.directives, measure.cost, measure.sensitive
    for spread in measure.spreads:
        inner = sums.get(spread.name, NOTHING)
        if spread.factor:
            depth = max(depth, spread.depth + inner.depth)
        fields += inner.fields
        aliases += inner.aliases
        directives += inner.directives
        cost += spread.factor * inner.cost
        sensitive += inner.sensitive
    figures = (depth, fields, aliases, directives, cost, sensitive)
    return Sums(*(min(each, CEILING) for each in figures))


def _expand_from(root: str, fragments: Mapping[str, Measure], sums: dict[str, Sums]) -> None:
    path: list[tuple[str, Iterator[Spread]]] = [(root, iter(fragments[root].spreads))]
    on_path = {root}
    while path:
        name, spreads = path[-1]
        inner = next(_ready(spreads, fragments, sums, on_path), None)
        if inner is None:
            path.pop()
            on_path.remove(name)
            sums[name] = add_up(fragments[name], sums)
        else:
            path.append((inner, iter(fragments[inner].spreads)))
            on_path.add(inner)


def _ready(
    spreads: Iterator[Spread],
    fragments: Mapping[str, Measure],
    sums: Mapping[str, Sums],
    on_path: set[str],
) -> Iterator[str]:
    """Those of the spreads that have to be added up first."""
    for spread in spreads:
        if spread.name in fragments and spread.name not in sums and spread.name not in on_path:
            yield spread.name
