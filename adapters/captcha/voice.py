"""Sound of a security code, for people who cannot read its picture.

Samples are unsigned bytes, so that a whole recording is handled by ``bytes`` operations: a table
sets the volume of a clip, and adding two large integers lays hiss over all of it.
"""

import struct
from functools import cache
from hashlib import sha256
from random import Random

from adapters.captcha import stock
from adapters.captcha.lengths import drawn_out

_SILENCE = b"\x80"
_LOUDNESS = (70, 80, 90, 100)
"""Volumes a clip may be played at, in percent of its recorded one."""
_EDGE = (800, 1600)
"""Least and greatest silence before the first digit and after the last one, in samples."""
_GAP = (2400, 4800)
"""Least and greatest silence between two digits, in samples."""


def speak(digits: str, locale: str, random: Random, pieces: stock.Stock | None = None) -> bytes:
    """Return a WAV (mono, 16 kHz, 8-bit PCM) which says ``digits`` one by one.

    ``locale`` is "fr" or "en"; the clips are of ``pieces``, or of the packaged stock. ``random``
    alone decides the voices, lengths, volumes, gaps and hiss, so that a seeded generator gives the
    same bytes again. Raises ``ValueError`` for another
    locale, or unless ``digits`` is four digits.
    """
    stock.require_code(digits)
    voices = (pieces or stock.packaged()).clips(locale)
    return _wav(_with_hiss(_speech(digits, voices, random), random))


def _speech(digits: str, voices: tuple[tuple[bytes, ...], ...], random: Random) -> bytes:
    parts = [_SILENCE * random.randint(*_EDGE)]
    for digit in digits:
        clip = drawn_out(random.choice(voices[int(digit)]), random)
        parts.append(clip.translate(_volume(random.choice(_LOUDNESS))))
        parts.append(_SILENCE * random.randint(*_GAP))
    parts[-1] = _SILENCE * random.randint(*_EDGE)
    return b"".join(parts)


@cache
def _volume(percent: int) -> bytes:
    """Return the ``bytes.translate`` table that scales samples around silence."""
    return bytes(128 + (sample - 128) * percent // 100 for sample in range(256))


def _with_hiss(samples: bytes, random: Random) -> bytes:
    """Add hiss to every sample; no byte carries over, since clips keep clear of the top.

    Who knows enough of a hiss can work out its generator. So it has one of its own, which a hash
    sets apart from the choices.
    """
    own = Random(sha256(random.randbytes(32)).digest())  # noqa: S311
    size = len(samples)
    hiss = own.getrandbits(8 * size) & int.from_bytes(bytes([stock.HISS_PEAK]) * size, "big")
    return (int.from_bytes(samples, "big") + hiss).to_bytes(size, "big")


def _wav(samples: bytes) -> bytes:
    """Wrap samples in a RIFF header; its data chunk is padded to an even length."""
    content = samples + _SILENCE * (len(samples) % 2)
    rate = stock.SAMPLE_RATE
    layout = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate, 1, 8)
    body = b"WAVE" + layout + struct.pack("<4sI", b"data", len(content)) + content
    return struct.pack("<4sI", b"RIFF", len(body)) + body
