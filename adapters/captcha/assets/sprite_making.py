"""Shapes of the digits of the pictures (build time only)."""

import math
import subprocess

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from adapters.captcha.stock import SPRITE_SIDE

_Grid = NDArray[np.float64]

_SEED = 27
_FONTS = (
    "DejaVu Sans:bold",
    "DejaVu Sans:bold:condensed",
    "DejaVu Serif:bold",
    "Liberation Serif:bold",
    "Lato:bold",
)
"""Only fonts whose 1 stands on a bar, for a tilted 1 without it looks like a 7."""
_VARIANTS_A_FONT = 8
_FINE = 4
"""Digits are drawn and warped this many times larger, then averaged down for smooth edges."""


def all_sprites() -> dict[str, bytes]:
    """Return the entries of ``sprites.zip``: ten digits."""
    rng = np.random.default_rng(_SEED)
    fonts = [_font_path(pattern) for pattern in _FONTS]
    entries: dict[str, bytes] = {}
    for digit in range(10):
        variants = [_sprite(digit, font, rng) for font in fonts for _ in range(_VARIANTS_A_FONT)]
        entries[f"digit-{digit}"] = b"".join(variants)
    return entries


def _font_path(pattern: str) -> str:
    """Return the file of a font; raise ``LookupError`` where fontconfig falls back to another."""
    command = ["fc-match", "--format", "%{family}|%{file}", pattern]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    family, path = answer.split("|")
    if pattern.split(":")[0] not in family.split(","):
        raise LookupError(f"font {pattern} is not installed")
    return path


def _sprite(digit: int, font_path: str, rng: np.random.Generator) -> bytes:
    """Return a distorted digit as packed rows, drawn again until it stays within its box."""
    while True:
        coverage = _warped(_glyph(digit, font_path, rng), rng)
        border = coverage[[0, -1], :].sum() + coverage[:, [0, -1]].sum()
        if border == 0:
            return _pack(coverage)


def _glyph(digit: int, font_path: str, rng: np.random.Generator) -> _Grid:
    """Draw an upright digit about 42 pixels high, of random weight, in the middle of its box."""
    side = SPRITE_SIDE * _FINE
    weight = int(rng.integers(0, 6))
    font = ImageFont.truetype(font_path, 200)
    left, top, right, bottom = font.getbbox(str(digit))
    size = 200 * _FINE * rng.uniform(39, 44) / (bottom - top)
    font = ImageFont.truetype(font_path, size)
    image = Image.new("L", (side, side))
    left, top, right, bottom = font.getbbox(str(digit))
    place = ((side - left - right) / 2, (side - top - bottom) / 2)
    ImageDraw.Draw(image).text(place, str(digit), 255, font, stroke_width=weight)
    return np.asarray(image, dtype=np.float64) / 255


def _warped(glyph: _Grid, rng: np.random.Generator) -> _Grid:
    """Rotate, shear and ripple a glyph; return the ink coverage of each pixel, in 0..1."""
    side = glyph.shape[0]
    middle = (side - 1) / 2
    y, x = np.mgrid[0:side, 0:side] - middle
    angle, shear = rng.uniform(-0.26, 0.26), rng.uniform(-0.2, 0.2)
    # 6 and 9 stay apart, and 1 stays unlike 7, as long as the turn is well below a quarter.
    u = x * math.cos(angle) - y * math.sin(angle) + shear * y
    v = x * math.sin(angle) + y * math.cos(angle)
    u = u + _ripple(v, rng)
    v = v + _ripple(u, rng)
    columns = np.clip(np.rint(u + middle), 0, side - 1).astype(int)
    lines = np.clip(np.rint(v + middle), 0, side - 1).astype(int)
    return _averaged(glyph[lines, columns])


def _ripple(along: _Grid, rng: np.random.Generator) -> _Grid:
    reach = _FINE * rng.uniform(0.5, 1.5)
    length = _FINE * rng.uniform(24, 48)
    return reach * np.sin(2 * np.pi * along / length + rng.uniform(0, 2 * np.pi))


def _averaged(fine: _Grid) -> _Grid:
    height, width = fine.shape
    return fine.reshape(height // _FINE, _FINE, width // _FINE, _FINE).mean(axis=(1, 3))


def _pack(coverage: _Grid) -> bytes:
    """Return rows of two 4-bit pixels a byte, left pixel in the high half."""
    levels = np.rint(coverage * 15).astype(np.uint8)
    return (levels[:, 0::2] << 4 | levels[:, 1::2]).tobytes()
