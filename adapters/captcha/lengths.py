"""Lengths of spoken digits, drawn for each sound: one that is known by its length would be read.

A voice repeats itself from one period to the next. There, one may be left out or said twice, and
the ear hears a voice that is a little faster or slower. Silence within a word stays: a longer one
would make two words of it.
"""

from functools import cache
from operator import sub
from random import Random

_PERIOD = range(64, 240, 2)
"""Samples that a period may last: voices from 67 to 250 Hz."""
_STRETCH = 640
"""Samples from one joint to the next: room for a period, and for places to choose from."""
_PLACES = range(0, 320, 80)
"""Where a joint may begin in its stretch, in samples."""
_COMPARED = 48
"""Samples that are compared on either side of a joint."""
_LIKENESS = 0.6
"""Greatest difference at a joint, as a share of what the samples are apart from silence."""


def drawn_out(clip: bytes, random: Random) -> bytes:
    """Return ``clip`` with each of its joints left out, kept or said twice, as ``random`` says."""
    parts: list[bytes] = []
    begun = 0
    for start, end in joints(clip):
        parts += (clip[begun:start], clip[start:end] * random.randrange(3))
        begun = end
    return b"".join((*parts, clip[begun:]))


@cache
def joints(clip: bytes) -> tuple[tuple[int, int], ...]:
    """Return first and last-but-one sample of the periods which may be left out or repeated."""
    found: list[tuple[int, int]] = []
    last = len(clip) - _PLACES.stop - _PERIOD.stop - _COMPARED
    for stretch in range(_COMPARED, last, _STRETCH):
        difference, start, period = min(_best(clip, stretch + place) for place in _PLACES)
        if difference <= _LIKENESS and not _is_silence(clip[start : start + period]):
            found.append((start, start + period))
    return tuple(found)


def _is_silence(samples: bytes) -> bool:
    return max(samples) - min(samples) < 16


def _best(clip: bytes, start: int) -> tuple[float, int, int]:
    """Return the least difference of a joint at ``start``, the start, and the joint's period."""
    here = _around(clip, start)
    loudness = sum(abs(each - 128) for each in here) or 1
    difference, period = min(
        (sum(map(abs, map(sub, here, _around(clip, start + each)))), each) for each in _PERIOD
    )
    return difference / loudness, start, period


def _around(clip: bytes, place: int) -> bytes:
    return clip[place - _COMPARED : place + _COMPARED : 2]
