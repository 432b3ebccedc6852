"""Print how many pictures of security codes plain OCR reads; run by hand.

    python -m tests.benchmarks.ocr_rate [pictures]

Needs Pillow and the Debian package tesseract-ocr. Every picture is tried after each of a few
simple filters, with two page layouts; a code counts as read when all four digits match. The last
line counts a code as read as soon as any one of the attempts reads it: it must stay at 10 % or
less.
"""

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from itertools import product
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from PIL import Image, ImageFilter, ImageOps

from adapters.captcha.picture import draw


def _grey(image: Image.Image) -> Image.Image:
    return image.convert("L").resize((image.width * 3, image.height * 3), Image.Resampling.BICUBIC)


def _threshold(image: Image.Image) -> Image.Image:
    return _grey(image).point([0] * 128 + [255] * 128)


def _median(image: Image.Image) -> Image.Image:
    return _threshold(image).filter(ImageFilter.MedianFilter(7))


def _negative(image: Image.Image) -> Image.Image:
    return ImageOps.invert(_median(image))


def _edges(image: Image.Image) -> Image.Image:
    """Outlines, which are the same wherever ink and paper are swapped."""
    return ImageOps.invert(_median(image).filter(ImageFilter.FIND_EDGES))


_FILTERS: tuple[Callable[[Image.Image], Image.Image], ...] = (
    _grey,
    _threshold,
    _median,
    _negative,
    _edges,
)
_LAYOUTS = ("7", "8")
"""Page segmentation modes: one line of text, one word."""


def main(count: int) -> None:
    """Draw ``count`` pictures from a fixed seed and print the share read by each attempt."""
    random = Random(27)
    codes = [f"{random.randrange(10_000):04}" for _ in range(count)]
    images = [Image.open(BytesIO(draw(code, random))).convert("RGB") for code in codes]
    read_by_any: set[int] = set()
    for clean, layout in product(_FILTERS, _LAYOUTS):
        texts = _recognised([clean(image) for image in images], layout)
        read = {number for number, code in enumerate(codes) if texts[number] == code}
        read_by_any |= read
        print(f"{clean.__name__.strip('_'):>10}, psm {layout}: {len(read) / count:6.1%}")
    print(f"{'any of them':>17}: {len(read_by_any) / count:6.1%}")


def _recognised(images: list[Image.Image], layout: str) -> list[str]:
    """Return the digits found in each image, by one run of tesseract over a list of files."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number}.png") for number in range(len(images))]
        for path, image in zip(paths, images, strict=True):
            image.save(path)
        names = Path(folder, "names.txt")
        names.write_text("\n".join(map(str, paths)), encoding="ascii")
        command = ["tesseract", str(names), "stdout", "--dpi", "200", "--psm", layout]
        command += ["-c", "tessedit_char_whitelist=0123456789", "-c", "page_separator=\f"]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    pages = output.split("\f")[: len(images)]
    return ["".join(page.split()) for page in pages]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
