"""The file as UTF-8, however it was saved: what the rest of the import reads.

Plain UTF-8 is passed on as it is. Other encodings are told, by a byte order mark or by the
operator; they are never guessed, because a wrong guess changes addresses. Spreadsheets become
lines.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

from adapters.register.import_csv.outcome import ImportFailed
from adapters.register.import_csv.spreadsheets import SIGNATURES, as_lines

ENCODINGS = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-15", "mac-roman")
"""What may be told."""
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BLOCK = 1 << 16


class Source(Protocol):
    """Bytes of UTF-8 text."""

    def readline(self, limit: int, /) -> bytes:
        """Up to and with the next line feed, at most `limit` bytes; empty at the end."""
        ...

    def read(self, size: int, /) -> bytes:
        """About `size` bytes; empty at the end."""
        ...

    def tell(self) -> int:
        """Bytes of the file that were read, for telling how far the import is."""
        ...


@contextmanager
def opened(path: Path, encoding: str | None) -> Iterator[tuple[Source, int]]:
    """The source and its size in bytes; raises OSError, `ImportFailed`."""
    if encoding is not None and encoding not in ENCODINGS:
        raise ImportFailed(f"encodings that can be told are: {', '.join(ENCODINGS)}")
    with path.open("rb") as file:
        start = file.read(8)
        file.seek(0)
        if start.startswith(SIGNATURES):
            lines = as_lines(path)
            yield lines, len(lines.getvalue())
        elif encoding not in (None, "utf-8") or start.startswith(_MARKS):
            yield Recoded(file, encoding or "utf-16"), path.stat().st_size
        elif b"\0" in start:
            raise ImportFailed(
                "the file is neither text nor a spreadsheet that is understood: save it as « CSV "
                "UTF-8 », or say how it was saved, perhaps with --encoding utf-16-le"
            )
        else:
            yield file, path.stat().st_size


class Recoded:
    """`Source` over a file in another encoding. A character that is none raises `ImportFailed`."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._ready = b""

    def readline(self, limit: int, /) -> bytes:
        """See `Source`."""
        while b"\n" not in self._ready and len(self._ready) < limit and self._more(_BLOCK):
            pass
        end = self._ready.find(b"\n") + 1 or len(self._ready)
        return self._taken(min(end, limit))

    def read(self, size: int, /) -> bytes:
        """See `Source`."""
        while len(self._ready) < size and self._more(size):
            pass
        return self._taken(size)

    def tell(self) -> int:
        """See `Source`."""
        return self._file.tell()

    def _taken(self, size: int) -> bytes:
        taken, self._ready = self._ready[:size], self._ready[size:]
        return taken

    def _more(self, size: int) -> bool:
        block = self._file.read(size)
        try:
            self._ready += self._decoder.decode(block, final=not block).encode()
        except UnicodeError:
            raise ImportFailed(
                f"the file is not text in {self._encoding}: say how it was saved with --encoding"
            ) from None
        return bool(block)
