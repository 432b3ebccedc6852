"""The limit of a document's text, before anything reads it."""

from __future__ import annotations

from .document_limits import DocumentLimits
from .refused import demand


def examine_text(text: str, limits: DocumentLimits) -> None:
    """Raises `DocumentRefused`."""
    bytes_ = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    demand("bytes", "DOCUMENT_TOO_LONG", bytes_, limits.length)
