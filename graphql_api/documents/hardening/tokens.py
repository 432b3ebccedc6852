"""The limits of a document's text, before anything reads it, and of its words: names, strings,
numbers, comments, and values within values."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import DocumentNode, Token, TokenKind

from .limits import DocumentLimits
from .refused import DocumentRefused, demand

_OPENING = {TokenKind.BRACKET_L, TokenKind.BRACE_L}
_CLOSING = {TokenKind.BRACKET_R, TokenKind.BRACE_R}
_NUMBERS = {TokenKind.INT, TokenKind.FLOAT}
_STRINGS = {TokenKind.STRING, TokenKind.BLOCK_STRING}


def examine_text(text: str, limits: DocumentLimits) -> None:
    """Raises `DocumentRefused`."""
    bytes_ = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    demand("bytes", "DOCUMENT_TOO_LONG", bytes_, limits.length)


def too_many_tokens(limits: DocumentLimits) -> DocumentRefused:
    """What is said of a document whose parsing was given up; nobody counted the rest."""
    return DocumentRefused("TOO_MANY_TOKENS", f"tokens: more than {limits.tokens}")


def examine_tokens(document: DocumentNode, limits: DocumentLimits) -> None:
    """Raises `DocumentRefused`."""
    comments = 0
    for token in _tokens(document):
        length = token.end - token.start
        if token.kind is TokenKind.NAME:
            demand("characters of a name", "NAME_TOO_LONG", length, limits.name)
        elif token.kind in _STRINGS:
            demand("characters of a string", "STRING_TOO_LONG", length, limits.string)
        elif token.kind in _NUMBERS:
            demand("characters of a number", "NUMBER_TOO_LONG", length, limits.number)
        elif token.kind is TokenKind.COMMENT:
            comments += length
    demand("characters of comments", "COMMENTS_TOO_LONG", comments, limits.comments)
    deepest = _literal_depth(document)
    demand("lists and objects in a value", "LITERAL_TOO_DEEP", deepest, limits.literal_depth)


def _tokens(document: DocumentNode) -> Iterator[Token]:
    token = document.loc.start_token if document.loc else None
    while token is not None:
        yield token
        token = token.next


def _literal_depth(document: DocumentNode) -> int:
    """Brackets and braces open at once between parentheses: there, braces hold no fields."""
    within = depth = deepest = 0
    for token in _tokens(document):
        if token.kind is TokenKind.PAREN_L:
            within, depth = within + 1, 0
        elif token.kind is TokenKind.PAREN_R:
            within -= 1
        elif within and token.kind in _OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif within and token.kind in _CLOSING:
            depth -= 1
    return deepest
