"""From the headers of a request to who calls, whatever server or framework stands around (R40)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest
from typing import Protocol

from core.partner import MARK

from .api_keys import ApiKeys
from .caller import ANONYMOUS, STRANGER, Access, Caller
from .refusal import AccessRefusal, Reason
from .voter_address import HEADER as VOTER_ADDRESS

AUTHORIZATION = b"authorization"
API_KEY = b"x-api-key"
ROUTER = b"router-authorization"
ORIGIN = b"origin"
_OURS = frozenset({AUTHORIZATION, API_KEY, ROUTER})


class RecognizesTokens(Protocol):
    """What reads JWTs: `access.tokens.Tokens`, where an issuer is trusted."""

    async def recognize(self, text: str) -> Caller | AccessRefusal: ...


class Authentication:
    """One credential a request, and beside it the router's; whatever cannot be understood is
    refused, never taken for a voter."""

    def __init__(
        self,
        tokens: RecognizesTokens,
        api_keys: ApiKeys,
        public: bool = True,
        routers: Sequence[str] = (),
    ) -> None:
        """`public`: whether callers who show nothing are voters. `routers`: secrets of which the
        federation router shows one."""
        self._tokens, self._api_keys = tokens, api_keys
        self._nobody = ANONYMOUS if public else STRANGER
        self._routers = [sha256(each.encode()).digest() for each in routers]

    async def authenticate(self, headers: Iterable[tuple[bytes, bytes]]) -> Caller | AccessRefusal:
        """`headers`: names in lower case, with their values, as they came: also those that came
        twice."""
        came = list(headers)
        shown = [each for each in came if each[0] in _OURS]
        if not shown:
            return self._at_page(came)
        credentials = [each for each in shown if each[0] != ROUTER]
        if len(credentials) > 1 or len(shown) - len(credentials) > 1:
            return AccessRefusal(Reason.SEVERAL_CREDENTIALS)
        routed = [value for name, value in shown if name == ROUTER]
        if routed and not self._is_router(routed[0]):
            return AccessRefusal(Reason.NOT_THE_ROUTER)
        tells = any(name == VOTER_ADDRESS for name, _ in came)
        caller = (
            await self._recognize(*credentials[0], tells) if credentials else self._at_page(came)
        )
        if routed and isinstance(caller, Caller):
            return replace(caller, access=caller.access | Access.ROUTER)
        return caller

    async def partner_by(self, text: str) -> str | None:
        """The partner whose signature this is, as a voter's browser hands it on; None for anything
        else."""
        return await self._api_keys.partner_by(text)

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of this origin are a partner's (CORS)."""
        return self._api_keys.has_origin(origin)

    def bars_origin(self, origin: str) -> bool:
        """Whether pages of this origin are those of a partner that is suspended."""
        return self._api_keys.suspended_at(origin) is not None

    async def start(self) -> None:
        await self._api_keys.start()

    async def aclose(self) -> None:
        await self._api_keys.aclose()

    async def _recognize(
        self, name: bytes, value: bytes, tells_voter: bool
    ) -> Caller | AccessRefusal:
        text = value.decode("latin-1").strip()
        if name == API_KEY:
            return await self._api_keys.recognize(text, tells_voter)
        scheme, _, credential = text.partition(" ")
        credential = credential.strip()
        if scheme.lower() != "bearer" or not credential:
            return AccessRefusal(Reason.UNKNOWN_SCHEME)
        if credential.startswith(MARK):
            return await self._api_keys.recognize(credential, tells_voter)
        found = await self._tokens.recognize(credential)
        if isinstance(found, AccessRefusal) or found.partner is None:
            return found
        return await self._api_keys.barred(found.partner) or found

    def _at_page(self, headers: Iterable[tuple[bytes, bytes]]) -> Caller | AccessRefusal:
        """Nobody in particular, at the page from which their browser says that they come."""
        origins = [value.decode("latin-1") for name, value in headers if name == ORIGIN]
        if len(origins) != 1:
            return self._nobody
        suspended = self._api_keys.suspended_at(origins[0])
        if suspended is not None:
            return AccessRefusal(Reason.PARTNER_SUSPENDED, partner=suspended)
        pages = self._api_keys.partners_at(origins[0])
        return replace(self._nobody, pages=pages) if pages else self._nobody

    def _is_router(self, value: bytes) -> bool:
        digest = sha256(value).digest()
        return any([compare_digest(each, digest) for each in self._routers])  # noqa: C419 - all
