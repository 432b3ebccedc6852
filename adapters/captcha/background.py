"""Backgrounds of a picture, drawn for it alone: nothing of them is kept, so nothing can be undone.

Both are integers of 4 bits a pixel, like the picture which they are laid over.
"""

import math
from functools import cache
from random import Random

from adapters.captcha.stock import BITS_PER_PIXEL, HEIGHT, ROW_BYTES, WIDTH

_ROW_BITS = WIDTH * BITS_PER_PIXEL
_ROW = (1 << _ROW_BITS) - 1
_LEFT_PIXEL = bytes((level << 4) & 255 for level in range(256))
_EDGE = "4b"
"""Levels, in hexadecimal, of the two pixels between paper and ink."""
_MARGIN = 24
"""Rows above and below the picture, for curves that leave it."""
_FRACTIONS = 8
"""Places of a curve that are told apart within one pixel."""
_SPECKS = 24
_TURN = 1024
_SINES = tuple(math.sin(math.tau * step / _TURN) for step in range(_TURN))


def patches(random: Random) -> int:
    """Return bands about a digit wide over half of the picture, with bent edges.

    More, smaller patches would stop OCR as well, but people too.
    """
    row = int(_bands(random), 16)
    start, phase, ripple = random.randrange(WIDTH), random.uniform(0, 6.3), random.uniform(0, 6.3)
    reach, wobble = random.uniform(10, 36), random.uniform(0, 5)
    rows: list[bytes] = []
    for line in range(HEIGHT):
        turn = line * math.tau / HEIGHT
        bend = reach * math.sin(turn + phase) + wobble * math.sin(3 * turn + ripple)
        shift = (start + int(bend)) % WIDTH * BITS_PER_PIXEL
        rolled = row << shift | row >> (_ROW_BITS - shift)
        rows.append((rolled & _ROW).to_bytes(ROW_BYTES, "big"))
    return int.from_bytes(b"".join(rows), "big")


def _bands(random: Random) -> str:
    """Return the row which the patches repeat: one or two bands, each near its share in width."""
    count = random.randint(1, 2)
    share = WIDTH // (2 * count)
    widths = [share + random.randint(-share // 6, share // 6) for _ in range(2 * count - 1)]
    widths.append(WIDTH - sum(widths))
    runs = [
        _EDGE + "f" * (width - 2) if index % 2 else _EDGE[::-1] + "0" * (width - 2)
        for index, width in enumerate(widths)
    ]
    return "".join(runs)


def scribbles(random: Random) -> int:
    """Return one curve, about two pixels thick, and specks."""
    canvas = bytearray(WIDTH * (HEIGHT + 2 * _MARGIN))
    _draw_curve(canvas, random)
    pixels = canvas[_MARGIN * WIDTH : (_MARGIN + HEIGHT) * WIDTH]
    for _ in range(_SPECKS):
        place = random.randrange(HEIGHT - 1) * WIDTH + random.randrange(WIDTH - 1)
        pixels[place : place + 2] = pixels[place + WIDTH : place + WIDTH + 2] = b"\x0f\x0f"
    left, right = pixels[::2].translate(_LEFT_PIXEL), pixels[1::2]
    return int.from_bytes(left, "big") | int.from_bytes(right, "big")


def _draw_curve(canvas: bytearray, random: Random) -> None:
    """Draw a sine from edge to edge into ``canvas``, of one byte a pixel."""
    turns, angle = random.uniform(0.8, 2.2), random.randrange(_TURN)
    reach, middle = random.uniform(8, 16) * _FRACTIONS, random.uniform(6, HEIGHT - 6)
    pace = turns * _TURN / WIDTH
    steepest = reach / _FRACTIONS * math.tau * turns / WIDTH
    thickness = random.uniform(1.0, 1.4) * _FRACTIONS
    halves = [round(thickness * math.hypot(1, steepest * each / 8)) for each in range(9)]
    height = int((_MARGIN - 2 + middle) * _FRACTIONS)
    for column in range(WIDTH):
        here = int(angle + pace * column)
        top, place = divmod(height + int(reach * _SINES[here % _TURN]), _FRACTIONS)
        half = halves[int(8 * abs(_SINES[(here + _TURN // 4) % _TURN]))]
        start = top * WIDTH + column
        canvas[start : start + 6 * WIDTH : WIDTH] = _stamp(place, half)


@cache
def _stamp(place: int, half: int) -> bytes:
    """Return the levels of six pixels, one below the other, where a line crosses them.

    ``place`` is its middle, counted from the third one, and ``half`` half of its thickness, both in
    fractions of a pixel.
    """
    middle = 2 + place / _FRACTIONS
    cover = (half / _FRACTIONS - abs(pixel - middle) for pixel in range(6))
    return bytes(round(15 * min(max(each, 0), 1)) for each in cover)
