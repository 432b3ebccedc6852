"""Who calls: by tokens of the issuers, by the keys of partners from the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql_api.access.api_keys import ApiKeys
from graphql_api.access.authentication import Authentication
from graphql_api.settings import Settings

from .ports import Ports

if TYPE_CHECKING:
    from graphql_api.access.authentication import RecognizesTokens
    from graphql_api.access.caller import Caller
    from graphql_api.access.refusal import AccessRefusal


def build_authentication(settings: Settings, ports: Ports) -> Authentication:
    return Authentication(
        _tokens(settings, ports),
        ApiKeys(
            ports.store.begin,
            ports.store.read,
            ports.clock,
            settings.partner_origins,
            settings.portal_origin,
            settings.keyring,
        ),
        settings.public,
        settings.routers,
    )


def _tokens(settings: Settings, ports: Ports) -> RecognizesTokens:
    if not settings.issuers:
        return TokensOfNobody(ports)
    from .issuers import build_tokens

    return build_tokens(settings.issuers, ports)


@dataclass(frozen=True)
class TokensOfNobody:
    """Where no issuer is trusted. A token is read, and refused, all the same; what reads it, 8 MiB
    of cryptography, is imported when the first one comes."""

    ports: Ports

    async def recognize(self, text: str) -> Caller | AccessRefusal:
        from .issuers import build_tokens

        return await build_tokens((), self.ports).recognize(text)
