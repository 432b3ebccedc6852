"""Under which id the log has everything about a request: ours, or the one that a proxy gave it.

An id from anyone else is not taken: who chose ids could mix their lines with others'.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from starlette.types import Scope

from graphql_api.access.client_network import Proxies

from .head import HeaderList

_NAME = b"x-correlation-id"
_SHAPE = re.compile(rb"[A-Za-z0-9_-]{8,64}")
"""UUIDs, trace ids and the like: nothing that a log could take for more than a word."""


def nobody(_: HeaderList) -> bool:
    """Where no router is known."""
    return False


def correlation_id_of(
    scope: Scope, proxies: Proxies, is_router: Callable[[HeaderList], bool] = nobody
) -> str:
    """The id that a listed proxy or the router sends once and in shape, else a new one. To be asked
    before the proxies resolve who calls: the peer is then another."""
    told = [value for name, value in scope["headers"] if name == _NAME]
    is_one = len(told) == 1 and _SHAPE.fullmatch(told[0]) is not None
    if is_one and (proxies.sent(scope) or is_router(scope["headers"])):
        return told[0].decode("ascii")
    return secrets.token_hex(8)
