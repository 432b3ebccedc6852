"""How many pictures of security codes public readers read, and for how much CPU; run by hand.

    python -m tests.trials.public_readers [pictures]

Takes the readers that it finds: `ddddocr`, `rapidocr_onnxruntime` and `pytesseract` (Python
packages, best in an environment of their own: they bring 400 MB), the last one with Debian's
tesseract-ocr. None is told anything of our pictures but that digits stand in them. A code counts
as read when its four digits are the first four that the reader finds.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from random import Random

from adapters.captcha.picture import draw

Reader = Callable[[bytes], str]


def ddddocr() -> Reader:
    import ddddocr

    reader = ddddocr.DdddOcr(show_ad=False)
    reader.set_ranges("0123456789")

    def read(picture: bytes) -> str:
        told = reader.classification(picture, probability=True)
        if "probability" not in told:
            return told["text"]
        best = [
            told["charsets"][max(range(len(p)), key=p.__getitem__)] for p in told["probability"]
        ]
        return "".join(best)

    return read


def rapidocr() -> Reader:
    import numpy
    from PIL import Image
    from rapidocr_onnxruntime import RapidOCR

    reader = RapidOCR()

    def read(picture: bytes) -> str:
        image = numpy.asarray(Image.open(BytesIO(picture)).convert("RGB"))
        found, _ = reader(image, use_det=False, use_cls=False)
        return "".join(text for text, *_ in found or [])

    return read


def tesseract() -> Reader:
    """Tesseract as it is installed."""
    from PIL import Image

    return lambda picture: _by_tesseract(Image.open(BytesIO(picture)).convert("RGB"))


def tesseract_filtered() -> Reader:
    """Tesseract after one simple filter and another, until it finds four digits."""
    from PIL import Image

    def read(picture: bytes) -> str:
        for image in _filtered(Image.open(BytesIO(picture)).convert("L")):
            found = _by_tesseract(image)
            if len(found) == 4:
                return found
        return ""

    return read


def _by_tesseract(image) -> str:
    import pytesseract

    options = "--dpi 200 --psm 7 -c tessedit_char_whitelist=0123456789"
    return pytesseract.image_to_string(image, config=options).strip()


def _filtered(image) -> Iterator:
    from PIL import Image, ImageFilter, ImageOps

    large = image.resize((image.width * 3, image.height * 3), Image.Resampling.BICUBIC)
    sharp = large.point([0] * 128 + [255] * 128)
    clean = sharp.filter(ImageFilter.MedianFilter(7))
    # Outlines are the same wherever ink and paper are swapped.
    yield ImageOps.invert(clean.filter(ImageFilter.FIND_EDGES))
    yield from (clean, ImageOps.invert(clean), sharp, large)


READERS: dict[str, tuple[Callable[[], Reader], bool]] = {
    "ddddocr": (ddddocr, importlib.util.find_spec("ddddocr") is not None),
    "rapidocr": (rapidocr, importlib.util.find_spec("rapidocr_onnxruntime") is not None),
    "tesseract": (tesseract, shutil.which("tesseract") is not None),
    "tesseract, filtered": (tesseract_filtered, shutil.which("tesseract") is not None),
}


def main(count: int) -> None:
    chance = Random(27)
    codes = [f"{chance.randrange(10_000):04}" for _ in range(count)]
    pictures = [draw(code, chance) for code in codes]
    for name, (make, is_here) in READERS.items():
        if not is_here:
            print(f"{name:20}not here")
            continue
        read = make()
        read(pictures[0])
        begun = _cpu()
        right = sum(
            "".join(filter(str.isdecimal, read(picture)))[:4] == code
            for code, picture in zip(codes, pictures, strict=True)
        )
        took = (_cpu() - begun) / count
        print(f"{name:20}{right / count:6.1%} of {count} read, {1000 * took:6.1f} ms of CPU each")


def _cpu() -> float:
    """Seconds of this process and of those that have ended."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
