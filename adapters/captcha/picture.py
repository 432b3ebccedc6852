"""Picture of a security code: pre-distorted digits over a background that swaps ink and paper.

The whole picture is held as one large integer of 4 bits a pixel. Laying a sprite down is then a
shift and an OR, and inverting it under a patch is a XOR, which the interpreter does in
microseconds; a picture takes well under a millisecond without any imaging library.
"""

import struct
import zlib
from random import Random

from adapters.captcha import stock
from adapters.captcha.background import patches, scribbles

_Colour = tuple[int, int, int]
_Sprites = tuple[tuple[bytes, ...], ...]

_COLOURS: tuple[tuple[_Colour, _Colour], ...] = (
    ((20, 24, 60), (250, 246, 226)),
    ((48, 16, 52), (240, 246, 236)),
    ((10, 50, 44), (252, 244, 236)),
    ((56, 24, 12), (238, 244, 250)),
)
"""Dark and light ends of the palette; each pair contrasts at better than 12 to 1."""

_STEP = (38, 45)
"""Least and greatest distance between the middles of two neighbouring digits, in pixels."""


def draw(digits: str, random: Random, pieces: stock.Stock | None = None) -> bytes:
    """Return a PNG of 200 by 70 pixels in 16 colours which shows ``digits``.

    The shapes are of ``pieces``, or of the packaged stock.

    ``random`` alone decides the shapes, places and background, so that a seeded generator gives
    the same bytes again. Raises ``ValueError`` unless ``digits`` is four digits.
    """
    stock.require_code(digits)
    pixels = _ink(digits, random, (pieces or stock.packaged()).sprites)
    pixels ^= patches(random) ^ scribbles(random)
    return _png(pixels.to_bytes(stock.HEIGHT * stock.ROW_BYTES, "big"), random.choice(_COLOURS))


def _ink(digits: str, random: Random, sprites: _Sprites) -> int:
    """Lay the digits from left to right; OR merges the strokes of digits that overlap."""
    steps = [random.randint(*_STEP) for _ in digits[1:]]
    left = random.randint(0, stock.WIDTH - stock.SPRITE_SIDE - sum(steps))
    pixels = 0
    for digit, step in zip(digits, [*steps, 0], strict=True):
        sprite = random.choice(sprites[int(digit)])
        top = random.randint(0, stock.HEIGHT - stock.SPRITE_SIDE)
        pixels |= _placed(sprite, left, top)
        left += step
    return pixels


def _placed(sprite: bytes, left: int, top: int) -> int:
    """Widen the rows of a sprite to those of the picture and shift it to its place."""
    width = stock.SPRITE_ROW_BYTES
    rows = [sprite[start : start + width] for start in range(0, len(sprite), width)]
    pixels = bytes(stock.ROW_BYTES - width).join(rows)
    right, bottom = left + stock.SPRITE_SIDE, top + stock.SPRITE_SIDE
    pixels_after = (stock.HEIGHT - bottom) * stock.WIDTH + stock.WIDTH - right
    return int.from_bytes(pixels, "big") << (pixels_after * stock.BITS_PER_PIXEL)


def _png(pixels: bytes, colours: tuple[_Colour, _Colour]) -> bytes:
    header = struct.pack(">IIBBBBB", stock.WIDTH, stock.HEIGHT, stock.BITS_PER_PIXEL, 3, 0, 0, 0)
    width = stock.ROW_BYTES
    rows = [pixels[start : start + width] for start in range(0, len(pixels), width)]
    # Every row starts with its filter type; 0 is "none".
    content = zlib.compress(b"\0" + b"\0".join(rows), 1)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        (
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", _palette(*colours)),
            _chunk(b"IDAT", content),
            _chunk(b"IEND", b""),
        )
    )


def _palette(dark: _Colour, light: _Colour) -> bytes:
    """Return the 16 RGB entries that go evenly from ``dark`` to ``light``."""
    return bytes(
        low + (high - low) * level // 15
        for level in range(16)
        for low, high in zip(dark, light, strict=True)
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)
