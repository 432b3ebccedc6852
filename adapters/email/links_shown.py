"""Whether an e-mail came back with the link in it: what may be a token, as its SHA-256."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Iterator
from itertools import islice

from core.one_time_link import TOKEN_LENGTH, digest_of

_TOKEN = re.compile(
    rf"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}(?![A-Za-z0-9_-])", re.ASCII
)
_BASE64 = re.compile(r"(?:^[A-Za-z0-9+/]{40,998}\n?)+(?:^[A-Za-z0-9+/]*={0,2}$)?", re.ASCII | re.M)
_MOST = 1000


def tokens_in(text: str) -> frozenset[bytes]:
    """Of a mail's text, whose soft line ends are taken out. Relays send a body back as it was, in
    quoted-printable or, when they have encoded it anew, in base64."""
    texts = (text.replace("=3D", "=").replace("=2D", "-").replace("=5F", "_"), *_decoded(text))
    found = (each[0] for one in texts for each in _TOKEN.finditer(one))
    return frozenset(digest_of(each) for each in islice(found, _MOST))


def _decoded(text: str) -> Iterator[str]:
    """What stands in base64, with the soft line ends of what it holds taken out."""
    for block in islice(_BASE64.finditer(text), _MOST):
        letters = "".join(block[0].split()).rstrip("=")
        try:
            decoded = b64decode(letters + "=" * (-len(letters) % 4))
        except Error:
            continue
        plain = decoded.decode("latin-1").replace("\r\n", "\n").replace("=\n", "")
        yield plain.replace("=3D", "=")
