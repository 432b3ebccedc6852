"""Reads pictures of security codes by the shapes of our own stock; for `ocr_rate`, needs numpy.

What somebody has who read the sources: sprites, their size, and how far apart they stand. It looks
at the directions of edges, which stay the same where ink and paper are swapped, so it need not
know what the background is. Directions are blurred, so a shape may be bent a little.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from adapters.captcha.stock import HEIGHT, ROW_BYTES, SPRITE_SIDE, WIDTH, Stock

_Grid = NDArray[np.float32]

_NEAREST, _FARTHEST = 19, 23
"""Pairs of pixels between the middles of neighbouring digits: 38 to 45 pixels."""
_BLUR = ((1, 2, 1), 3)
"""Weights of neighbouring pixels, and how often they are mixed so."""


class ShapeMatcher:
    """Compares every place of a picture with every shape of a stock."""

    def __init__(self, stock: Stock) -> None:
        shapes = [_pixels(b"".join(each), SPRITE_SIDE) for each in stock.sprites]
        self._digits = np.repeat(np.arange(10), [len(each) for each in shapes])
        edges = _edges(np.concatenate(shapes))
        self._side = edges.shape[-1]
        flat = edges.reshape(len(edges), -1)
        self._shapes = (flat / np.linalg.norm(flat, axis=1, keepdims=True)).T.copy()

    def read(self, picture: bytes) -> str:
        """Return the four digits which fit best, side by side."""
        edges = _edges(_pixels(_content(picture), WIDTH))[0]
        side = (self._side, self._side)
        places = np.lib.stride_tricks.sliding_window_view(edges, side, axis=(1, 2))
        lines, columns = places.shape[1:3]
        flat = places.transpose(1, 2, 0, 3, 4).reshape(lines * columns, -1)
        likeness = flat @ self._shapes / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-3)
        likeness = likeness.reshape(lines, columns, -1).max(axis=0)
        by_digit = np.stack(
            [likeness[:, self._digits == digit].max(axis=1) for digit in range(10)], axis=1
        )
        places_of_digits = _chain(by_digit.max(axis=1))
        return "".join(str(by_digit[place].argmax()) for place in places_of_digits)


def _chain(likeness: _Grid) -> list[int]:
    """Return four places, each at its distance from the one before, that are likest together."""
    total, before = likeness, []
    for _ in range(3):
        reached, origin = np.full(len(total), -9.0, np.float32), np.zeros(len(total), int)
        for place in range(_NEAREST, len(total)):
            first = max(0, place - _FARTHEST)
            origin[place] = first + total[first : place - _NEAREST + 1].argmax()
            reached[place] = total[origin[place]] + likeness[place]
        before.append(origin)
        total = reached
    chain = [int(total.argmax())]
    for origin in reversed(before):
        chain.insert(0, int(origin[chain[0]]))
    return chain


def _content(png: bytes) -> bytes:
    """Return the rows of a picture of ours, two pixels a byte."""
    at, packed = 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += 12 + length
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(HEIGHT, 1 + ROW_BYTES)
    return rows[:, 1:].tobytes()


def _pixels(content: bytes, width: int) -> _Grid:
    """Return one grid, or several sprites, of levels in 0..1."""
    pairs = np.frombuffer(content, np.uint8)
    levels = np.stack([pairs >> 4, pairs & 15], axis=1).astype(np.float32) / 15
    return levels.reshape(-1, HEIGHT if width == WIDTH else SPRITE_SIDE, width)


def _edges(grids: _Grid) -> _Grid:
    """Return how steep each pair of pixels is and which way, as two numbers for twice the angle:
    dark to light and light to dark have the same. They are halved in size and centred on 0."""
    padded = np.pad(grids, [(0, 0), (1, 1), (1, 1)], mode="edge")
    across = padded[:, 1:-1, 2:] - padded[:, 1:-1, :-2]
    down = padded[:, 2:, 1:-1] - padded[:, :-2, 1:-1]
    steep = np.hypot(across, down) + 1e-6
    turned = np.stack([(across**2 - down**2) / steep, 2 * across * down / steep], axis=1)
    weights, times = _BLUR
    for axis in (-1, -2):
        for _ in range(times):
            before, here, after = np.roll(turned, 1, axis), turned, np.roll(turned, -1, axis)
            left, middle, right = weights
            turned = (left * before + middle * here + right * after) / sum(weights)
    count, kinds, height, width = turned.shape
    halved = turned.reshape(count, kinds, height // 2, 2, width // 2, 2).mean(axis=(3, 5))
    return (halved - halved.mean(axis=(2, 3), keepdims=True)).astype(np.float32)
