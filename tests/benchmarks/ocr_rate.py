"""Print how many security codes programs read, and for how much CPU; run by hand.

    git worktree add ../before eb3c96a
    python -m tests.benchmarks.ocr_rate [--codes 200] [--before ../before] [--only ddddocr …]

Needs numpy, and takes the readers that it finds: `ddddocr`, `rapidocr-onnxruntime` and
`pytesseract` (with Debian's tesseract-ocr). Install them into an environment of their own: they
bring 400 MB and nothing that the product needs.

1. Readers that anyone can install, which know nothing of our pictures (`public_readers`).
2. Matchers that know our sources: the shapes and clips that are published with them, and how they
   are put together (`shape_matcher`, `voice_matcher`).

Codes are of an earlier checkout, with its stock, if one is named (0.2.0 is eb3c96a); of this one,
with the packaged stock; and of this one, with stocks of one's own, each made for this run by a seed
that is thrown away. The matchers never have those: they compare with the packaged one.

A code counts as read when its four digits are the first four that the reader finds. CPU is of one
thread, with what the reader needs to start left out. `tests.benchmarks.cost_of_price --read` takes
the pairs of the last column, and says what a thousand accepted forms cost.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from adapters.captcha.own_stock import make
from adapters.captcha.stock import Stock, packaged
from tests.benchmarks import public_readers

HERE = Path(__file__).parents[2]
STOCKS = 5
"""Stocks of one's own: some are read better than others."""
SLOW = 60
"""Codes for a reader that is a process for each."""
DRAW = """
import json, random, sys
from base64 import b64encode
from pathlib import Path
from adapters.captcha.picture import draw
from adapters.captcha.voice import speak
count, *pieces = sys.argv[1:]
if pieces:
    from adapters.captcha.stock import read_stock
    pieces = [read_stock(Path(*pieces))]
chance = random.Random(f"27 {pieces and sys.argv[2]}")
for _ in range(int(count)):
    code = f"{chance.randrange(10_000):04}"
    media = [draw(code, chance, *pieces)]
    media += [speak(code, locale, chance, *pieces) for locale in ("fr", "en")]
    print(json.dumps([code, *(b64encode(each).decode() for each in media)]))
"""
"""Run in the checkout whose codes are wanted."""
PACKAGES = ("ddddocr", "rapidocr-onnxruntime", "onnxruntime", "pytesseract", "numpy", "pillow")

Read = Callable[[bytes], str]


class Code(NamedTuple):
    digits: str
    picture: bytes
    fr: bytes
    en: bytes


class Source(NamedTuple):
    """Codes, and the stock that is published with what drew them."""

    name: str
    published: Stock
    codes: list[Code]


class Reader(NamedTuple):
    name: str
    medium: str
    make: Callable[[Stock], Read]
    needs: tuple[str, ...] = ()
    most: int = 10_000


def _shapes(stock: Stock) -> Read:
    from tests.benchmarks.shape_matcher import ShapeMatcher

    return ShapeMatcher(stock).read


def _voices(locale: str) -> Callable[[Stock], Read]:
    def make(stock: Stock) -> Read:
        from tests.benchmarks.voice_matcher import VoiceMatcher

        return VoiceMatcher(stock, locale).read

    return make


_TESSERACT = ("pytesseract", "PIL")
READERS = (
    Reader("ddddocr", "picture", lambda _: public_readers.ddddocr(), ("ddddocr",)),
    Reader("rapidocr", "picture", lambda _: public_readers.rapidocr(), ("rapidocr_onnxruntime",)),
    Reader("tesseract", "picture", lambda _: public_readers.tesseract(), _TESSERACT, SLOW),
    Reader(
        "tesseract, filtered",
        "picture",
        lambda _: public_readers.tesseract_filtered(),
        _TESSERACT,
        SLOW,
    ),
    Reader("shapes", "picture", _shapes),
    Reader("voices, French", "fr", _voices("fr")),
    Reader("voices, English", "en", _voices("en")),
)


def sources(count: int, before: Path | None, folder: Path) -> list[Source]:
    """Draw ``count`` codes of each kind."""
    found = [Source("now", packaged(), _drawn(HERE, count))]
    if before is not None:
        stock = Stock(before / "adapters/captcha/assets")
        found.insert(0, Source("before", stock, _drawn(before, count)))
    own: list[Code] = []
    for number in range(STOCKS):
        make(folder / str(number), packaged(), os.urandom(32))
        own += _drawn(HERE, -(-count // STOCKS), folder / str(number))
    # Of a few codes, too, some are of each stock.
    own = [
        code for number in range(len(own) // STOCKS) for code in own[number :: len(own) // STOCKS]
    ]
    return [*found, Source("now, own stock", packaged(), own[:count])]


def _drawn(checkout: Path, count: int, stock: Path | None = None) -> list[Code]:
    command = [sys.executable, "-c", DRAW, str(count), *([str(stock)] if stock else [])]
    told = subprocess.run(command, cwd=checkout, check=True, capture_output=True, text=True).stdout
    rows = (json.loads(line) for line in told.splitlines())
    return [Code(digits, *map(b64decode, media)) for digits, *media in rows]


def measured(reader: Reader, source: Source) -> tuple[float, float, int]:
    """Return the share that is read, seconds of CPU for one, and how many were tried."""
    read = reader.make(source.published)
    codes = source.codes[: reader.most]
    read(getattr(codes[0], reader.medium))
    begun = _cpu()
    found = [read(getattr(code, reader.medium)) for code in codes]
    took = (_cpu() - begun) / len(codes)
    right = sum(
        "".join(filter(str.isdecimal, text))[:4] == code.digits
        for text, code in zip(found, codes, strict=True)
    )
    return right / len(codes), took, len(codes)


def _cpu() -> float:
    """Seconds of this process and of those that have ended."""
    return sum(os.times()[:4])


def _is_here(reader: Reader) -> bool:
    is_installed = all(importlib.util.find_spec(name) is not None for name in reader.needs)
    return is_installed and ("pytesseract" not in reader.needs or _tesseract() is not None)


def _tesseract() -> str | None:
    if shutil.which("tesseract") is None:
        return None
    told = subprocess.run(["tesseract", "--version"], check=True, capture_output=True, text=True)
    return told.stdout.splitlines()[0]


def _versions() -> str:
    found = [f"Python {sys.version.split()[0]}", _tesseract() or "no tesseract"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)


def main() -> None:
    parser = argparse.ArgumentParser(description="How many security codes programs read.")
    parser.add_argument("--codes", type=int, default=200)
    parser.add_argument("--before", type=Path, help="an earlier checkout")
    parser.add_argument("--only", nargs="*", help="names of readers")
    options = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # readers take every core they see
    print(_versions())
    with TemporaryDirectory() as folder:
        drawn = sources(options.codes, options.before, Path(folder))
    for reader in READERS:
        if options.only and reader.name not in options.only:
            continue
        for source in drawn if _is_here(reader) else ():
            share, took, tried = measured(reader, source)
            told = f"{share:7.1%} of {tried:4}{1000 * took:8.1f} ms   {share:.3f}:{took:.4f}"
            print(f"{reader.name:20}{source.name:15}{told}", flush=True)
        if not _is_here(reader):
            print(f"{reader.name:20}not here")


if __name__ == "__main__":
    main()
