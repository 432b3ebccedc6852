"""Read-only stock of the pre-made pieces which pictures and sounds are composed from.

Distorting a glyph or synthesising a voice costs far more than a request may spend, so both are
done once, by ``adapters.captcha.assets.build``, and shipped as two zip archives. Each archive is
read on first use and kept for the life of the process.
"""

from functools import cache
from importlib.resources import files
from io import BytesIO
from zipfile import ZipFile

CODE_LENGTH = 4
WIDTH, HEIGHT = 200, 70
"""Size of a picture, in pixels."""
SPRITE_SIDE = 56
"""Side of the square box of a digit sprite, in pixels."""
SAMPLE_RATE = 16_000
"""Samples a second of every clip, each an unsigned byte where 128 is silence."""
LOCALES = ("fr", "en")

BITS_PER_PIXEL = 4
ROW_BYTES = WIDTH * BITS_PER_PIXEL // 8
SPRITE_ROW_BYTES = SPRITE_SIDE * BITS_PER_PIXEL // 8
HISS_PEAK = 7
"""Hiss lies in 0..HISS_PEAK, all of its bits; clips leave that much room at the top of a byte."""


def require_code(digits: str) -> None:
    """Raise ``ValueError`` unless ``digits`` is exactly four ASCII digits.

    ``str.isdecimal`` alone would let other scripts' digits through, for which there is no sprite.
    The message leaves the value out: it may end up in a log, and the code is a secret.
    """
    if len(digits) != CODE_LENGTH or not (digits.isascii() and digits.isdecimal()):
        raise ValueError(f"a security code is {CODE_LENGTH} digits from 0 to 9")


@cache
def sprites() -> tuple[tuple[bytes, ...], ...]:
    """Return the variants of each digit: ``sprites()[7]`` are those of the 7.

    A sprite is ``SPRITE_SIDE`` rows of ``SPRITE_ROW_BYTES`` bytes, two pixels a byte, left pixel
    in the high half, 0 for paper up to 15 for ink.
    """
    archive = _read("sprites.zip")
    size = SPRITE_SIDE * SPRITE_ROW_BYTES
    return tuple(_cut(archive[f"digit-{digit}"], size) for digit in range(10))


@cache
def clips(locale: str) -> tuple[tuple[bytes, ...], ...]:
    """Return the spoken variants of each digit in ``locale``: ``clips("fr")[7]`` say "sept".

    A clip is a run of unsigned 8-bit samples at ``SAMPLE_RATE``. Raises ``ValueError`` for a
    locale outside ``LOCALES``.
    """
    if locale not in LOCALES:
        raise ValueError(f"no voice for this locale, only for {', '.join(LOCALES)}")
    archive = _read("clips.zip")
    return tuple(
        tuple(archive[name] for name in sorted(archive) if name.startswith(f"{locale}/{digit}/"))
        for digit in range(10)
    )


@cache
def _read(name: str) -> dict[str, bytes]:
    content = (files("adapters.captcha.assets") / name).read_bytes()
    with ZipFile(BytesIO(content)) as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}


def _cut(content: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(content[start : start + size] for start in range(0, len(content), size))
