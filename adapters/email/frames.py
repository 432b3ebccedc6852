"""What is the same in every e-mail of a shape: rendered once with marks in the place of its words.

A template is the slowest part of an e-mail, and all that differs from one voter to the next are a
few words that it prints as they are. So it is rendered with a mark for each of these, and cut
there; the words are put in between, escaped in HTML as the template would. A word that is empty, or
None, is left as it is: templates leave out what is said around it, which makes another shape.

Only for templates that print their words, and ask no more of them than whether they are there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

from markupsafe import escape

from .mime import quoted

Words = Mapping[str, str | None]
Texts = tuple[str, str, str]
"""Subject, text and HTML."""
_MARK = re.compile("\ue000(\\w+)\ue001")
"""Of Unicode's private use: no template holds these. What words hold is not looked at."""
_SOFT_END = b"=\r\n"


def _mark(name: str) -> str:
    return f"\ue000{name}\ue001"


@dataclass(frozen=True)
class Written:
    """One e-mail's texts, and these as quoted-printable."""

    subject: str
    text: str
    html: str
    quoted_text: bytes
    quoted_html: bytes

    @classmethod
    def of(cls, texts: Texts) -> Written:
        subject, text, html = texts
        return cls(subject, text, html, quoted(text), quoted(html))


@dataclass(frozen=True)
class Body:
    """One text: literal pieces with the name of a word between each two. And the same with pieces
    that are quoted-printable, where soft line ends keep a word from the rest of its line: so each
    piece is quoted once, and each word by itself."""

    pieces: list[str]
    encoded: list[bytes]

    @classmethod
    def of(cls, text: str) -> Body:
        pieces = _MARK.split(text)
        last = len(pieces) // 2
        encoded = [_literal(each, at > 0, at < last) for at, each in enumerate(pieces[::2])]
        return cls(pieces, encoded)

    def filled(self, words: Mapping[str, str]) -> tuple[str, bytes]:
        """The text, and the same quoted: at once, if a line end may be parted."""
        text = _filled(self.pieces, words)
        if "\r" in text:
            return text, quoted(text)
        parts = [b""] * len(self.pieces)
        parts[::2] = self.encoded
        parts[1::2] = [_quoted_part(words[name]) for name in self.pieces[1::2]]
        return text, b"".join(parts)


@dataclass(frozen=True)
class Frame:
    """An e-mail without its words."""

    subject: list[str]
    text: Body
    html: Body

    @classmethod
    def of(cls, texts: Texts) -> Frame:
        subject, text, html = texts
        return cls(_MARK.split(subject), Body.of(text), Body.of(html))

    def filled(self, words: Words) -> Written:
        plain = {name: word for name, word in words.items() if word}
        escaped = {name: str(escape(word)) for name, word in plain.items()}
        text, quoted_text = self.text.filled(plain)
        html, quoted_html = self.html.filled(escaped)
        return Written(_filled(self.subject, plain), text, html, quoted_text, quoted_html)


class Frames:
    """Those that were made so far: as many as there are shapes, some dozens."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Frame] = {}

    def written(self, kind: Hashable, words: Words, render: Callable[[Words], Texts]) -> Written:
        """As `render(words)` would write it. `kind`: what else its templates are chosen by; words
        of a kind come in one order."""
        shape = (kind, *(True if word else word for word in words.values()))
        frame = self._made.get(shape)
        if frame is None:
            marked = {name: _mark(name) if word else word for name, word in words.items()}
            frame = self._made[shape] = Frame.of(render(marked))
        return frame.filled(words)


def _filled(pieces: list[str], words: Mapping[str, str]) -> str:
    filled = pieces.copy()
    filled[1::2] = [words[name] for name in pieces[1::2]]
    return "".join(filled)


def _quoted_part(text: str) -> bytes:
    """Of what may begin and end within a line; a soft line end has room behind it."""
    return quoted(f"{text}\n")[: -len(b"\r\n")]


def _literal(text: str, is_behind_a_word: bool, is_before_a_word: bool) -> bytes:
    begins_inside = is_behind_a_word and text and not text.startswith("\n")
    ends_inside = is_before_a_word and not text.endswith("\n") and (text or is_behind_a_word)
    begin, end = (_SOFT_END if each else b"" for each in (begins_inside, ends_inside))
    return begin + _quoted_part(text) + end
