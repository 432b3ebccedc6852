"""Reads sounds of security codes by the clips of our own stock; for `ocr_rate`, needs numpy.

What somebody has who read the sources: the clips. It cuts a sound where it is silent, looks at the
loudness of each band of pitch every 10 ms, and stretches either side in time to compare them. So
neither hiss nor length nor loudness matter.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from adapters.captcha.stock import HISS_PEAK, SAMPLE_RATE, Stock

_Sound = NDArray[np.float32]

_HEADER = 44
_STEP, _WINDOW = SAMPLE_RATE // 100, 512
_BANDS = 24
_LONGEST_PAUSE = 1900
"""Samples of silence within a word at most; between two of them there are 2,400 at least."""
_SHORTEST_WORD = 800
_MIDDLE = 128 + HISS_PEAK / 2
_LOUD = 9.0
"""Power of what is no hiss: that of hiss is 5.25."""
_FLOOR = 3e3
"""Power in a band below which hiss is all that is heard."""


class VoiceMatcher:
    """Compares each word of a sound with every clip of a stock in one language."""

    def __init__(self, stock: Stock, locale: str) -> None:
        clips = [
            (digit, clip) for digit, voices in enumerate(stock.clips(locale)) for clip in voices
        ]
        self._digits = [digit for digit, _ in clips]
        hiss = np.random.default_rng(27)
        heard = [_features(_words(_with_hiss(clip, hiss))[0]) for _, clip in clips]
        self._lengths = np.array([len(each) for each in heard])
        self._clips = np.zeros((len(heard), self._lengths.max(), _BANDS), np.float32)
        for place, each in zip(self._clips, heard, strict=True):
            place[: len(each)] = each

    def read(self, sound: bytes) -> str:
        """Return the digit that is likest to each word."""
        samples = np.frombuffer(sound[_HEADER:], np.uint8).astype(np.float32) - _MIDDLE
        found = (self._distances(_features(word)).argmin() for word in _words(samples))
        return "".join(str(self._digits[clip]) for clip in found)

    def _distances(self, word: _Sound) -> _Sound:
        """Return how unlike each clip is, along the best path through both (time warping)."""
        squares = (word**2).sum(axis=1)[:, None] + (self._clips**2).sum(axis=2)[:, None]
        apart = np.sqrt(np.maximum(squares - 2 * (word @ self._clips.transpose(0, 2, 1)), 0))
        clips, length, longest = apart.shape
        path = np.full((clips, length + 1, longest + 1), 1e9, np.float32)
        path[:, 0, 0] = 0
        for both in range(2, length + longest + 1):
            here = np.arange(max(1, both - longest), min(length, both - 1) + 1)
            there = both - here
            before = np.minimum(path[:, here - 1, there], path[:, here, there - 1])
            before = np.minimum(before, path[:, here - 1, there - 1])
            path[:, here, there] = apart[:, here - 1, there - 1] + before
        return path[np.arange(clips), length, self._lengths] / (length + self._lengths)


def _with_hiss(clip: bytes, chance: np.random.Generator) -> _Sound:
    samples = np.frombuffer(clip, np.uint8).astype(np.float32)
    return samples + chance.integers(0, HISS_PEAK + 1, len(samples)) - _MIDDLE


def _words(samples: _Sound) -> list[_Sound]:
    """Return what lies between silences."""
    power = np.convolve(samples**2, np.full(320, 1 / 320, np.float32), "same")
    loud = np.flatnonzero(power > _LOUD)
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > _LONGEST_PAUSE) + 1)
    return [samples[part[0] : part[-1]] for part in parts if np.ptp(part) > _SHORTEST_WORD]


def _features(samples: _Sound) -> _Sound:
    """Return the logarithms of loudness, a row each 10 ms, without what is common to all rows."""
    padded = np.pad(samples, _WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_STEP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW))) ** 2
    heard = np.log(power @ _bank().T + _FLOOR)
    heard -= heard.mean()
    return (heard - 0.7 * heard.mean(axis=0)).astype(np.float32)


@cache
def _bank() -> _Sound:
    """Return the weight of each frequency in each band; bands grow wider as the ear's do."""
    pitch = 2595 * np.log10(1 + np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE) / 700)
    ends = np.linspace(150, 2790, _BANDS + 2)
    rising = (pitch - ends[:-2, None]) / np.diff(ends)[:-1, None]
    falling = (ends[2:, None] - pitch) / np.diff(ends)[1:, None]
    return np.maximum(0, np.minimum(rising, falling))
