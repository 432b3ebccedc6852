"""Spoken digits are told apart by ear, with the hiss over them."""

import math
import random
from itertools import combinations

import pytest

from adapters.captcha import stock

_FRAME = 512
"""Samples in which a word is taken as one tone: 32 ms."""
_BANDS = 4
"""Octaves below 8 kHz that are told apart."""
_HISS = ((stock.HISS_PEAK + 1) ** 2 - 1) / 12
"""Energy of a sample of hiss, whose levels are equally likely."""


def _heard(clip: bytes) -> list[list[float]]:
    """Return the decibels of each frame of ``clip`` in each octave, with hiss over it."""
    chance = random.Random(27)
    samples = [each - 128 + chance.randrange(stock.HISS_PEAK + 1) - 3.5 for each in clip]
    starts = range(0, len(samples) - _FRAME, _FRAME // 2)
    return [_octaves(samples[start : start + _FRAME]) for start in starts]


def _octaves(samples: list[float]) -> list[float]:
    """Halve the band by sums and differences of neighbours, from the highest octave down."""
    found: list[float] = []
    for _ in range(_BANDS):
        pairs = list(zip(samples[::2], samples[1::2], strict=True))
        found.append(10 * math.log10(sum((one - other) ** 2 for one, other in pairs)))
        samples = [one + other for one, other in pairs]
    return found


def _distance(one: list[list[float]], other: list[list[float]]) -> float:
    """Return decibels between two words, on average, however fast either is said."""
    costs: dict[tuple[int, int], tuple[float, int]] = {(-1, -1): (0.0, 0)}
    for i, here in enumerate(one):
        for j, there in enumerate(other):
            ways = ((i - 1, j), (i, j - 1), (i - 1, j - 1))
            cost, steps = min(costs[way] for way in ways if way in costs)
            costs[i, j] = cost + math.dist(here, there) / math.sqrt(_BANDS), steps + 1
    cost, steps = costs[len(one) - 1, len(other) - 1]
    return cost / steps


def _least(locale: str, pairs: list[tuple[int, int]]) -> float:
    words = [[_heard(clip) for clip in voices] for voices in stock.packaged().clips(locale)]
    return min(
        _distance(*spoken)
        for one, other in pairs
        for spoken in zip(words[one], words[other], strict=True)
    )


def _endings(locale: str, digit: int) -> list[float]:
    """Return by how many decibels the last tenth of a second of each voice tops the hiss."""
    tails = [clip[-stock.SAMPLE_RATE // 10 :] for clip in stock.packaged().clips(locale)[digit]]
    energies = [sum((each - 128) ** 2 for each in tail) / len(tail) for tail in tails]
    return [10 * math.log10(energy / _HISS) for energy in energies]


@pytest.mark.parametrize(("locale", "least"), [("fr", 3.6), ("en", 3.2)])
def test_6_8_and_9_are_told_apart(locale: str, least: float) -> None:
    """R27: no voice says two of them so alike that hiss makes one of the other."""
    assert _least(locale, list(combinations((6, 8, 9), 2))) >= least


@pytest.mark.parametrize("locale", stock.LOCALES)
def test_endings_top_the_hiss(locale: str) -> None:
    """R27: the end of a word, which alone tells some digits from half-said ones, is heard."""
    assert min(min(_endings(locale, digit)) for digit in range(10)) >= 9
