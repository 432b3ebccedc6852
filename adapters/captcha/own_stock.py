"""A stock of a deployment's own: the packaged shapes and voices, bent by its own chance.

The packaged stock is published. Who compares what is shown with it, dot by dot or sample by sample,
finds nothing of this one. Needs no more than what is installed; a reader that was trained on other
pictures of digits reads these as well.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile

from adapters.captcha.stock import (
    CLIPS,
    HISS_PEAK,
    LOCALES,
    LONGEST_CLIP,
    SPRITE_SIDE,
    SPRITES,
    Stock,
)

_SHAPES = 40
"""Shapes of each digit."""
_CLIPS = 2
"""Clips that are made of each packaged one."""
_PEAK = 120 - HISS_PEAK
_MIDDLE = (SPRITE_SIDE - 1) / 2
_LAST = SPRITE_SIDE - 1
_HALVES = [((byte >> 4), byte & 15) for byte in range(256)]


def make(folder: Path, packaged: Stock, seed: bytes, shapes: int = _SHAPES) -> None:
    """Write both archives into ``folder``, with so many ``shapes`` of each digit.

    Takes some seconds. Raises `FileExistsError` where either archive is there already, `OSError`
    where it cannot be written.
    """
    chance = Random(seed)  # noqa: S311 - the seed is a secret, and is not kept
    folder.mkdir(parents=True, exist_ok=True)
    if there := [name for name in (SPRITES, CLIPS) if (folder / name).exists()]:
        raise FileExistsError(f"{folder / there[0]} is there already, and is kept as it is")
    sprites = {
        f"digit-{digit}": b"".join(
            _bent(chance.choice(packaged.sprites[digit]), chance) for _ in range(shapes)
        )
        for digit in range(10)
    }
    clips = {
        f"{locale}/{digit}/{index}": _revoiced(clip, chance)
        for locale in LOCALES
        for digit, voices in enumerate(packaged.clips(locale))
        for index, clip in enumerate(voices * _CLIPS)
    }
    _write(folder / SPRITES, sprites)
    _write(folder / CLIPS, clips)


def _write(path: Path, entries: dict[str, bytes]) -> None:
    with ZipFile(path, "x", ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


def _bent(sprite: bytes, chance: Random) -> bytes:
    """Return ``sprite`` turned, sheared, rippled and of another weight, tried until it fits."""
    levels = [level for byte in sprite for level in _HALVES[byte]]
    rows = [levels[start : start + SPRITE_SIDE] for start in range(0, len(levels), SPRITE_SIDE)]
    while True:
        bent = _warped(rows, chance)
        edges = (*bent[0], *bent[-1], *(row[0] for row in bent), *(row[-1] for row in bent))
        if not any(edges):
            pixels = [level for row in bent for level in row]
            pairs = zip(pixels[::2], pixels[1::2], strict=True)
            return bytes(left << 4 | right for left, right in pairs)


def _warped(rows: Sequence[Sequence[int]], chance: Random) -> list[list[int]]:
    turn, shear = chance.uniform(-0.12, 0.12), chance.uniform(-0.15, 0.15)
    size, wide = chance.uniform(0.95, 1.1), chance.uniform(0.92, 1.1)
    across, along = _ripple(chance), _ripple(chance)
    sharp, weight = chance.uniform(1.2, 2), chance.uniform(-0.2, 0.3)
    cosine, sine = math.cos(turn) * size, math.sin(turn) * size
    warped: list[list[int]] = []
    for line in range(SPRITE_SIDE):
        y = line - _MIDDLE
        row: list[int] = []
        for column in range(SPRITE_SIDE):
            x = (column - _MIDDLE) * wide
            u = x * cosine - y * sine + shear * y + across[line]
            v = x * sine + y * cosine + along[column]
            cover = _level(rows, u + _MIDDLE, v + _MIDDLE) / 15
            inked = (cover - 0.5) * sharp + 0.5 + weight if cover else 0
            row.append(round(15 * min(max(inked, 0), 1)))
        warped.append(row)
    return warped


def _ripple(chance: Random) -> list[float]:
    reach, length = chance.uniform(0.4, 1.5), chance.uniform(20, 44)
    phase = chance.uniform(0, math.tau)
    return [reach * math.sin(math.tau * at / length + phase) for at in range(SPRITE_SIDE)]


def _level(rows: Sequence[Sequence[int]], x: float, y: float) -> float:
    """Return the level between the four pixels around a place; paper outside."""
    left, top = int(x), int(y)
    if not (0 <= x < _LAST and 0 <= y < _LAST):
        return 0
    right, down = x - left, y - top
    upper, lower = rows[top], rows[top + 1]
    above = upper[left] * (1 - right) + upper[left + 1] * right
    below = lower[left] * (1 - right) + lower[left + 1] * right
    return above * (1 - down) + below * down


def _revoiced(clip: bytes, chance: Random) -> bytes:
    """Return ``clip`` higher or lower, brighter or duller, with the ring of another room."""
    rate = max(chance.uniform(0.93, 1.09), len(clip) / LONGEST_CLIP)
    bright, ring = chance.uniform(-0.25, 0.4), chance.choice((-1, 1)) * chance.uniform(0.1, 0.25)
    delay = chance.randrange(16, 64)
    heard = [each - 128 for each in clip]
    wave: list[float] = []
    for step in range(int((len(heard) - 1) / rate)):
        at = int(step * rate)
        part = step * rate - at
        wave.append(heard[at] * (1 - part) + heard[at + 1] * part)
    before = [0.0, *wave]
    bent = [here + bright * (here - last) for here, last in zip(wave, before, strict=False)]
    echo = [0.0] * delay + bent
    full = [here + ring * late for here, late in zip(bent, echo, strict=False)]
    peak = max(map(abs, full))
    return bytes(128 + round(each * _PEAK / peak) for each in full)
