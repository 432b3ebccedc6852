"""Plots as SVG by hand: bars and lines, in words, for light and dark, with a text alternative.

Lengths are in the picture's own pixels. A picture is read as an image, so its colours follow the
reader's preference by a media query, and it has a background of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, LABELS, RIGHT = 800, 290, 90
ROW, BAR, TOP = 30, 18, 74
HEIGHT_OF_LINES, BOTTOM, LEFT = 430, 60, 80
_STYLE = """
.ground { fill: #ffffff } .ink { fill: #1f2328 } .faint { fill: #59636e } .grid { stroke: #d1d9e0 }
.whisker { stroke: #1f2328; stroke-width: 1.5 }
.c0 { fill: #0550ae } .c1 { fill: #8c959f } .c2 { fill: #bc4c00 } .c3 { fill: #1a7f37 }
.c4 { fill: #8250df } .c5 { fill: #bf3989 }
.l0 { stroke: #0550ae } .l1 { stroke: #8c959f } .l2 { stroke: #bc4c00 } .l3 { stroke: #1a7f37 }
.l4 { stroke: #8250df } .l5 { stroke: #bf3989 }
.line { fill: none; stroke-width: 2.5 } text { font: 13px system-ui, sans-serif }
.title { font-size: 16px; font-weight: 600 }
@media (prefers-color-scheme: dark) {
.ground { fill: #0d1117 } .ink { fill: #f0f6fc } .faint { fill: #9198a1 } .grid { stroke: #3d444d }
.whisker { stroke: #f0f6fc }
.c0 { fill: #4493f8 } .c1 { fill: #9198a1 } .c2 { fill: #f0883e } .c3 { fill: #3fb950 }
.c4 { fill: #ab7df8 } .c5 { fill: #db61a2 }
.l0 { stroke: #4493f8 } .l1 { stroke: #9198a1 } .l2 { stroke: #f0883e } .l3 { stroke: #3fb950 }
.l4 { stroke: #ab7df8 } .l5 { stroke: #db61a2 }
}
"""
DASHES = ("", "7 4", "2 3", "10 3 2 3", "5 2", "1 4")
"""Lines are told apart without their colour, too."""


@dataclass(frozen=True)
class Bar:
    """A row: what it is, its parts in the order of the legend, and what the whole varied between;
    `low` and `high` are 0 where that is not drawn. `colour`: of a bar that has one part."""

    label: str
    parts: tuple[float, ...]
    low: float = 0
    high: float = 0
    colour: int = 0


def bars(title: str, unit: str, rows: Sequence[Bar], legend: Sequence[str] = ()) -> str:
    """One bar a row, from zero; `unit` is written below the title. Raises `ValueError` without a
    value above zero."""
    most = max((max(sum(each.parts), each.high) for each in rows), default=0)
    if most <= 0:
        raise ValueError(f"{title}: nothing to draw")
    scale = (WIDTH - LABELS - RIGHT) / most
    top = TOP + (24 if legend else 0)
    height = top + ROW * len(rows) + 16
    drawn = [*_grid_of_bars(most, scale, top, height), *_legend(legend)]
    for number, row in enumerate(rows):
        drawn += _bar(row, top + ROW * number, scale, bool(legend))
    told = "; ".join(f"{row.label}: {_short(sum(row.parts))}" for row in rows)
    return _picture(title, unit, f"{unit}. {told}.", height, drawn)


def lines(
    title: str, units: tuple[str, str], series: Mapping[str, Sequence[tuple[float, float]]]
) -> str:
    """Points joined by lines, both axes by powers; `units`: of the axis below and of the other.
    Raises `ValueError` where a value is not above zero."""
    points = [point for each in series.values() for point in each]
    if not points or min(min(each) for each in points) <= 0:
        raise ValueError(f"{title}: values above zero are needed")
    across = _axis([x for x, _ in points], LEFT, WIDTH - 250)
    up = _axis([y for _, y in points], HEIGHT_OF_LINES - BOTTOM, TOP)
    drawn = list(_grid_of_lines(sorted({x for x, _ in points}), across, up, units[0], points))
    ends = _apart([(name, up(each[-1][1])) for name, each in series.items()])
    for number, (name, each) in enumerate(series.items()):
        path = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in each)
        dash = f' stroke-dasharray="{DASHES[number % 6]}"' if DASHES[number % 6] else ""
        drawn.append(f'<polyline class="line l{number % 6}"{dash} points="{path}"/>')
        drawn += [
            f'<circle class="c{number % 6}" cx="{across(x):.1f}" cy="{up(y):.1f}" r="3.5"/>'
            for x, y in each
        ]
        drawn.append(_text(WIDTH - 240, ends[name] + 4, name, f"c{number % 6}"))
    told = "; ".join(
        f"{name}: " + ", ".join(f"{_short(y)} at {_short(x)}" for x, y in each)
        for name, each in series.items()
    )
    return _picture(title, units[1], f"{units[1]}, by {units[0]}. {told}.", HEIGHT_OF_LINES, drawn)


# -- Parts --


def _picture(title: str, unit: str, told: str, height: int, drawn: Iterable[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="title told">'
    )
    begin = [
        head,
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="told">{escape(told)}</desc>',
        f"<style>{_STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>',
        _text(16, 28, title, "ink title"),
        _text(16, 50, unit, "faint"),
    ]
    return "\n".join([*begin, *drawn, "</svg>"]) + "\n"


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text class="{kind}" {place} text-anchor="{anchor}">{escape(text)}</text>'


def _bar(row: Bar, y: float, scale: float, has_legend: bool) -> Iterable[str]:
    x = float(LABELS)
    yield _text(LABELS - 10, y + 14, row.label, "ink", "end")
    for number, part in enumerate(row.parts):
        colour = number if has_legend else row.colour
        size = f'width="{part * scale:.1f}" height="{BAR}"'
        yield f'<rect class="c{colour}" x="{x:.1f}" y="{y}" {size}/>'
        x += part * scale
    end = x
    if row.high:
        low, high, middle = LABELS + row.low * scale, LABELS + row.high * scale, y + BAR / 2
        yield f'<path class="whisker" d="M{low:.1f} {middle}H{high:.1f}"/>'
        for each in (low, high):
            yield f'<path class="whisker" d="M{each:.1f} {middle - 5}v10"/>'
        end = max(x, high)
    yield _text(end + 8, y + 14, _short(sum(row.parts)), "ink")


def _grid_of_bars(most: float, scale: float, top: float, height: float) -> Iterable[str]:
    step = _step(most)
    for number in range(int(most / step) + 1):
        x = LABELS + number * step * scale
        yield f'<path class="grid" d="M{x:.1f} {top - 8}V{height - 14}"/>'
        yield _text(x, height - 2, _short(number * step), "faint", "middle")


def _legend(legend: Sequence[str]) -> Iterable[str]:
    x = float(LABELS)
    for number, name in enumerate(legend):
        yield f'<rect class="c{number}" x="{x:.1f}" y="{TOP - 12}" width="12" height="12"/>'
        yield _text(x + 18, TOP - 1, name, "ink")
        x += 40 + 8 * len(name)


def _grid_of_lines(ticks, across, up, unit: str, points) -> Iterable[str]:
    bottom, right = HEIGHT_OF_LINES - BOTTOM, WIDTH - 250
    least, most = min(y for _, y in points), max(y for _, y in points)
    for y in _powers(least, most):
        yield f'<path class="grid" d="M{LEFT} {up(y):.1f}H{right}"/>'
        yield _text(LEFT - 8, up(y) + 4, _short(y), "faint", "end")
    for x in ticks:
        yield f'<path class="grid" d="M{across(x):.1f} {TOP}V{bottom}"/>'
        yield _text(across(x), bottom + 20, _short(x), "faint", "middle")
    yield _text((LEFT + right) / 2, bottom + 44, unit, "faint", "middle")


def _axis(values: Sequence[float], begin: float, end: float):
    low, high = math.log(min(values)), math.log(max(values))
    width = (high - low) or 1.0
    return lambda value: begin + (math.log(value) - low) / width * (end - begin)


def _powers(least: float, most: float) -> list[float]:
    """1, 2 and 5 times powers of ten, between the two."""
    tens = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    every = [digit * 10.0**ten for ten in tens for digit in (1, 2, 5)]
    return [each for each in every if least <= each <= most]


def _apart(ends: Sequence[tuple[str, float]], least: float = 17) -> dict[str, float]:
    """Heights for names at the ends of lines, moved until none covers another."""
    placed: dict[str, float] = {}
    last = -math.inf
    for name, y in sorted(ends, key=lambda end: end[1]):
        last = max(y, last + least)
        placed[name] = last
    return placed


def _step(most: float) -> float:
    """Between lines of the grid: about five of them."""
    power = 10.0 ** math.floor(math.log10(most / 5))
    return next(digit * power for digit in (1, 2, 5, 10) if digit * power >= most / 5)


def _short(value: float) -> str:
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2g}"
