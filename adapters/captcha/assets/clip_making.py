"""Spoken digits of the sounds (build time only)."""

import io
import subprocess
import wave

import numpy as np
from numpy.typing import NDArray

from adapters.captcha.stock import SAMPLE_RATE

_Sound = NDArray[np.float64]

_WORDS = {
    "fr": ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
}
_VOICES = {
    # voice, words a minute, pitch (0 to 99)
    "fr": (("fr-fr", 135, 45), ("fr-fr+f2", 140, 55), ("fr-fr+m3", 150, 35), ("fr-fr+f4", 130, 48)),
    "en": (("en-gb", 135, 45), ("en-us+f2", 140, 55), ("en-us+m3", 150, 35), ("en-gb+f4", 130, 48)),
}
_PEAK = 112
"""Loudest swing of a clip; 128 + _PEAK + `HISS_PEAK` still fits in a byte."""
_COARSENESS = 1
"""Sample values are multiples of this: the lost bit lies below the hiss and packs better."""
_EVENNESS, _MOST = 0.7, 6.0
"""How far quiet parts are brought up to loud ones, 1 for wholly, and by how many times at most.

As it is spoken, the end of "neuf", which alone tells it from "neu", is fainter than the hiss.
"""
_FAINTEST = 0.003
"""Loudness below which a part is silence, and stays so; the peak is 1."""
_LONGEST = 0.5
"""Greatest length of a clip, in seconds; bounds the size of a sound."""


def all_clips() -> dict[str, bytes]:
    """Return the entries of ``clips.zip``: ``locale/digit/variant``."""
    entries: dict[str, bytes] = {}
    for locale, words in _WORDS.items():
        for digit, word in enumerate(words):
            for variant, (voice, speed, pitch) in enumerate(_VOICES[locale]):
                clip = _clip(word, voice, speed, pitch)
                entries[f"{locale}/{digit}/{variant}"] = clip
    return entries


def _clip(word: str, voice: str, speed: int, pitch: int) -> bytes:
    """Return the samples of a word, said faster than ``speed`` where it would last too long."""
    sound = _evened(_trimmed(_resampled(*_spoken(word, voice, speed, pitch))))
    if len(sound) > _LONGEST * SAMPLE_RATE:
        return _clip(word, voice, speed + 5, pitch)
    levels = np.rint(sound * _PEAK / _COARSENESS) * _COARSENESS
    return (levels + 128).astype(np.uint8).tobytes()


def _spoken(word: str, voice: str, speed: int, pitch: int) -> tuple[_Sound, int]:
    """Return the samples of a word and their rate, in samples a second."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", word]
    output = subprocess.run(command, check=True, capture_output=True).stdout
    with wave.open(io.BytesIO(output)) as recording:
        # The length in a header written to a pipe is a placeholder, hence the cut after 10 s.
        frames = recording.readframes(10 * recording.getframerate())
        return np.frombuffer(frames, dtype="<i2").astype(np.float64), recording.getframerate()


def _resampled(sound: _Sound, rate: int) -> _Sound:
    """Change the rate to ``SAMPLE_RATE`` by cutting the spectrum, which also avoids aliasing."""
    length = len(sound) * SAMPLE_RATE // rate
    spectrum = np.fft.rfft(sound)[: length // 2 + 1]
    return np.fft.irfft(spectrum, length)


def _trimmed(sound: _Sound) -> _Sound:
    """Drop the silence around a word, bring its peak to 1 and fade its ends over 5 ms."""
    loud = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())
    word = sound[loud[0] : loud[-1] + 1] / np.abs(sound).max()
    fade = np.linspace(0, 1, SAMPLE_RATE // 200)
    word[: len(fade)] *= fade
    word[-len(fade) :] *= fade[::-1]
    return word


def _evened(sound: _Sound) -> _Sound:
    """Bring consonants up to the vowels, as an announcer's compressor does; the peak is 1 again."""
    window = np.hanning(SAMPLE_RATE // 50)
    power = np.convolve(sound**2, window / window.sum(), "same")
    loudness = np.sqrt(power) + 1e-9
    gain = np.clip((loudness.max() / loudness) ** _EVENNESS, 1, _MOST)
    evened = sound * np.where(loudness < _FAINTEST, 1, gain)
    return evened / np.abs(evened).max()
