"""Read-only stock of the pre-made pieces which pictures and sounds are composed from.

Distorting a glyph or synthesising a voice costs far more than a request may spend, so both are
done once: by ``adapters.captcha.assets.build`` for the stock that is shipped, by ``own_stock`` for
a deployment's own. A stock is two zip archives, kept in memory from its first use on.
"""

from collections.abc import Iterator
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

CODE_LENGTH = 4
WIDTH, HEIGHT = 200, 70
"""Size of a picture, in pixels."""
SPRITE_SIDE = 56
"""Side of the square box of a digit sprite, in pixels."""
SAMPLE_RATE = 16_000
"""Samples a second of every clip, each an unsigned byte where 128 is silence."""
LONGEST_CLIP = SAMPLE_RATE // 2
"""Samples of a clip at most, which bounds the size of a sound."""
LOCALES = ("fr", "en")
SPRITES, CLIPS = "sprites.zip", "clips.zip"

BITS_PER_PIXEL = 4
ROW_BYTES = WIDTH * BITS_PER_PIXEL // 8
SPRITE_ROW_BYTES = SPRITE_SIDE * BITS_PER_PIXEL // 8
_SPRITE_BYTES = SPRITE_SIDE * SPRITE_ROW_BYTES
HISS_PEAK = 7
"""Hiss lies in 0..HISS_PEAK, all of its bits; clips leave that much room at the top of a byte."""


class UnusableStock(ValueError):
    """No pictures or no sounds can be composed from it; the text names the file."""


def require_code(digits: str) -> None:
    """Raise ``ValueError`` unless ``digits`` is exactly four ASCII digits.

    ``str.isdecimal`` alone would let other scripts' digits through, for which there is no sprite.
    The message leaves the value out: it may end up in a log, and the code is a secret.
    """
    if len(digits) != CODE_LENGTH or not (digits.isascii() and digits.isdecimal()):
        raise ValueError(f"a security code is {CODE_LENGTH} digits from 0 to 9")


class Stock:
    """The sprites and clips in a folder."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder

    @cached_property
    def sprites(self) -> tuple[tuple[bytes, ...], ...]:
        """The variants of each digit: ``sprites[7]`` are those of the 7.

        A sprite is ``SPRITE_SIDE`` rows of ``SPRITE_ROW_BYTES`` bytes, two pixels a byte, left
        pixel in the high half, 0 for paper up to 15 for ink. Raises `UnusableStock`.
        """
        archive = self._read(SPRITES)
        return tuple(_cut(archive.get(f"digit-{digit}", b""), _SPRITE_BYTES) for digit in range(10))

    def clips(self, locale: str) -> tuple[tuple[bytes, ...], ...]:
        """Return the spoken variants of each digit in ``locale``: ``clips("fr")[7]`` say "sept".

        A clip is a run of unsigned 8-bit samples at ``SAMPLE_RATE``. Raises ``ValueError`` for a
        locale outside ``LOCALES``, `UnusableStock`.
        """
        if locale not in LOCALES:
            raise ValueError(f"no voice for this locale, only for {', '.join(LOCALES)}")
        return self._clips[locale]

    def check(self) -> None:
        """Read all of it. Raises `UnusableStock`."""
        for digit, shapes in enumerate(self.sprites):
            if not shapes or len(shapes[-1]) != _SPRITE_BYTES:
                raise self._unusable(SPRITES, f"holds no whole shapes of the digit {digit}")
        for locale in LOCALES:
            for digit, voices in enumerate(self.clips(locale)):
                if reason := next(_faults(voices), None):
                    raise self._unusable(CLIPS, f"{reason} the digit {digit} ({locale})")

    @cached_property
    def _clips(self) -> dict[str, tuple[tuple[bytes, ...], ...]]:
        archive = self._read(CLIPS)
        return {
            locale: tuple(
                tuple(
                    archive[name]
                    for name in sorted(archive)
                    if name.startswith(f"{locale}/{digit}/")
                )
                for digit in range(10)
            )
            for locale in LOCALES
        }

    def _read(self, name: str) -> dict[str, bytes]:
        try:
            with ZipFile(BytesIO((self._folder / name).read_bytes())) as archive:
                return {entry: archive.read(entry) for entry in archive.namelist()}
        except FileNotFoundError:
            raise self._unusable(name, "is missing") from None
        except OSError as failure:
            raise self._unusable(name, f"cannot be read ({failure.strerror})") from None
        except (BadZipFile, ValueError, RuntimeError, NotImplementedError):
            raise self._unusable(name, "is no sound zip archive") from None

    def _unusable(self, name: str, reason: str) -> UnusableStock:
        return UnusableStock(f"{self._folder / name} {reason}")


def _faults(voices: tuple[bytes, ...]) -> Iterator[str]:
    """What is wrong with the clips of one digit, as words that go before the digit."""
    if not voices:
        yield "has no clip of"
    for clip in voices:
        if not SAMPLE_RATE // 20 <= len(clip) <= LONGEST_CLIP:
            yield "has a clip that lasts too long or not long enough, of"
        elif max(clip) + HISS_PEAK > 255:
            yield "has a clip that leaves no room for the hiss, of"


@cache
def packaged() -> Stock:
    """Return the stock that is shipped."""
    return Stock(files("adapters.captcha.assets"))


def read_stock(folder: Path) -> Stock:
    """Return the stock in ``folder``, wholly read. Raises `UnusableStock`."""
    stock = Stock(folder)
    stock.check()
    return stock


def _cut(content: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(content[start : start + size] for start in range(0, len(content), size))
