"""Readers of pictures that anyone can install; for `ocr_rate`.

None is told anything of our pictures but that digits stand in them. `ddddocr`,
`rapidocr_onnxruntime` and `pytesseract` are Python packages, which with what they need take 400 MB;
the last one needs Debian's tesseract-ocr as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO

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
