"""Which pages of other origins may ask: those that the operators list, by their exact origin.

Never all of them, and never with cookies: there are none. Refusals are marked as well, so that the
page can read them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from .answer import Answer, RawHeaders
from .head import Head

_METHODS = b"GET, POST"
_ASKED = b"accept, authorization, content-type"
"""Headers that a page may send."""
_TOLD = b"retry-after, x-correlation-id"
"""Headers that a page may read."""
_REMEMBER = b"600"
"""Seconds for which a browser need not ask again."""
_VARY = (b"vary", b"Origin")
"""Caches are told that an answer depends on who asks."""


class Origins:
    """Whose pages may ask."""

    def __init__(
        self,
        listed: Collection[str],
        also: Callable[[str], bool] = lambda _: False,
        never: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`listed` such as `https://vote.example.org`; `also` may allow more, such as those that
        partners have told; `never` takes some away, such as a suspended partner's."""
        self._listed = frozenset(listed)
        self._also, self._never = also, never

    def allowed(self, head: Head) -> str | None:
        """The origin of the page that asks, where it may."""
        origins = head.all(b"origin")
        if len(origins) != 1 or not origins[0]:
            return None
        origin = origins[0].decode("latin-1")
        if self._never(origin):
            return None
        return origin if origin in self._listed or self._also(origin) else None


def is_preflight(method: str, head: Head) -> bool:
    """Whether a browser asks what its page may ask."""
    return method == "OPTIONS" and bool(head.all(b"access-control-request-method"))


def preflight() -> Answer:
    """What pages of an origin that is allowed may ask."""
    headers = [
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-allow-headers", _ASKED),
        (b"access-control-max-age", _REMEMBER),
    ]
    return Answer(204, headers=headers)


def marks(origin: str | None) -> RawHeaders:
    """What an answer tells the browser, and caches, of who may read it."""
    if origin is None:
        return (_VARY,)
    allowed = (b"access-control-allow-origin", origin.encode("latin-1"))
    return (_VARY, allowed, (b"access-control-expose-headers", _TOLD))
