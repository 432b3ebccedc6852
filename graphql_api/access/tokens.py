"""JWTs: read with suspicion, verified with the issuer's own keys, turned into a caller (R40).

The header chooses nothing but one of the issuer's keys: `jku`, `jwk` and `x5u` are never looked at,
and the algorithm is the key's (RFC 8725). Time is that of the port `Clock`, hence checked here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import jwt
from jwt import PyJWK

from core.partner import is_partner_name
from core.ports.clock import Clock

from .caller import Access, Caller
from .issuer import Issuer
from .key_set import KeySet
from .refusal import AccessRefusal, Reason, Refused

LONGEST = 8192
"""Characters: longer ones are not even parsed."""
REMEMBERED = 1024
"""Tokens whose signature need not be verified again."""
LEEWAY = timedelta(seconds=30)
"""By how much the issuer's clock and ours may differ."""
_LATEST = 10**12
"""Seconds since 1970 that no token speaks of."""
_NO_ACCESS = {"id", "refresh", "logout"}
"""Claims `typ` of tokens that are for other uses, as Keycloak writes them."""
_TYPES = {"", "jwt", "at+jwt", "application/at+jwt"}
_UNVERIFIED: Any = {"verify_signature": False}
_OPTIONS: Any = {
    "require": ["exp", "iat", "iss", "aud"],
    "enforce_minimum_key_length": True,
    **dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat"), False),
}
_REASONS: Sequence[tuple[type[Exception], Reason]] = (
    (jwt.InvalidAlgorithmError, Reason.FORBIDDEN_ALGORITHM),
    (jwt.InvalidSignatureError, Reason.BAD_SIGNATURE),
    (jwt.InvalidAudienceError, Reason.WRONG_AUDIENCE),
    (jwt.InvalidIssuerError, Reason.UNKNOWN_ISSUER),
    (jwt.MissingRequiredClaimError, Reason.MISSING_CLAIM),
    (jwt.InvalidKeyError, Reason.UNKNOWN_KEY_ID),
    (jwt.DecodeError, Reason.MALFORMED),
)


@dataclass(frozen=True)
class TrustedIssuer:
    """An issuer with its keys."""

    issuer: Issuer
    keys: KeySet


@dataclass(frozen=True)
class _Verified:
    """A token whose signature was good, and the key that says so. The token itself is not kept."""

    claims: Mapping[str, Any]
    trusted: TrustedIssuer
    key_id: str
    key: PyJWK

    async def still_holds(self) -> bool:
        """Whether the issuer still has that key."""
        try:
            return await self.trusted.keys.key(self.key_id) is self.key
        except Refused:
            return False


class Tokens:
    """Reads the tokens of the issuers that are trusted; there may be several audiences of one."""

    def __init__(self, trusted: Sequence[TrustedIssuer], clock: Clock) -> None:
        self._trusted = trusted
        self._clock = clock
        self._verified: dict[bytes, _Verified] = {}

    async def recognize(self, text: str) -> Caller | AccessRefusal:
        """Who this token speaks for. A partner sends one token many times: its signature is
        verified once, for as long as its key stays in the issuer's set; its times each time."""
        digest = sha256(text.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and await known.still_holds():
            return self._judged(known.claims, known.trusted)
        trusted: TrustedIssuer | None = None
        try:
            header, claims = _unverified(text)
            trusted = self._issuer_of(claims)
            _check_header(header, trusted.issuer)
            key = await trusted.keys.key(header["kid"])
            claims = _verified(text, key, trusted.issuer)
        except Refused as refused:
            return AccessRefusal(refused.reason, trusted.issuer.issuer if trusted else "")
        self._remember(digest, _Verified(claims, trusted, header["kid"], key))
        return self._judged(claims, trusted)

    def _judged(self, claims: Mapping[str, Any], trusted: TrustedIssuer) -> Caller | AccessRefusal:
        """What stands behind a good signature: times and claims."""
        try:
            self._check_times(claims, trusted.issuer)
            return _caller(claims, trusted.issuer)
        except Refused as refused:
            return AccessRefusal(refused.reason, trusted.issuer.issuer)

    def _remember(self, digest: bytes, verified: _Verified) -> None:
        """The oldest go first; no token that was not signed by an issuer of ours comes in."""
        self._verified[digest] = verified
        if len(self._verified) > REMEMBERED:
            del self._verified[next(iter(self._verified))]

    def _issuer_of(self, claims: Mapping[str, Any]) -> TrustedIssuer:
        """By what the token says of itself; nothing of it is believed before its signature."""
        of_that_name = [each for each in self._trusted if each.issuer.issuer == claims.get("iss")]
        if not of_that_name:
            raise Refused(Reason.UNKNOWN_ISSUER)
        audience = claims.get("aud")
        named = audience if isinstance(audience, list) else [audience]
        matching = [each for each in of_that_name if each.issuer.audience in named]
        if len({each.issuer.kind for each in matching}) > 1:  # a partner's or a dashboard's?
            raise Refused(Reason.WRONG_AUDIENCE)
        return next(iter(matching), of_that_name[0])

    def _check_times(self, claims: Mapping[str, Any], issuer: Issuer) -> None:
        now = self._clock.now().timestamp()
        leeway = LEEWAY.total_seconds()
        ends, issued = _seconds(claims["exp"]), _seconds(claims["iat"])
        if ends <= now - leeway:
            raise Refused(Reason.EXPIRED)
        if max(issued, _seconds(claims.get("nbf", issued))) > now + leeway:
            raise Refused(Reason.NOT_YET_VALID)
        if ends - issued > issuer.longest_life.total_seconds():
            raise Refused(Reason.LIVES_TOO_LONG)


def _unverified(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    if len(text) > LONGEST:
        raise Refused(Reason.TOO_LONG)
    try:
        read = jwt.decode_complete(text, options=_UNVERIFIED)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise Refused(Reason.MALFORMED) from None
    return read["header"], read["payload"]


def _check_header(header: Mapping[str, Any], issuer: Issuer) -> None:
    if header.get("alg") not in issuer.algorithms:
        raise Refused(Reason.FORBIDDEN_ALGORITHM)
    if "crit" in header or str(header.get("typ", "")).lower() not in _TYPES:
        raise Refused(Reason.FORBIDDEN_TYPE)
    if not isinstance(header.get("kid"), str):
        raise Refused(Reason.UNKNOWN_KEY_ID)


def _verified(text: str, key: PyJWK, issuer: Issuer) -> dict[str, Any]:
    try:
        return jwt.decode(
            text,
            key,
            algorithms=list(issuer.algorithms),
            audience=issuer.audience,
            issuer=issuer.issuer,
            options=_OPTIONS,
        )
    except jwt.PyJWTError as error:
        reasons = (reason for kind, reason in _REASONS if isinstance(error, kind))
        raise Refused(next(reasons, Reason.MALFORMED_CLAIM)) from None


def _seconds(value: Any) -> float:
    """A NumericDate (RFC 7519). JSON as Python reads it has NaN and numbers without end, and `true`
    is a number to it."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(Reason.MALFORMED_CLAIM)
    if not -_LATEST < value < _LATEST or math.isnan(value):
        raise Refused(Reason.MALFORMED_CLAIM)
    return value


def _caller(claims: Mapping[str, Any], issuer: Issuer) -> Caller:
    if str(claims.get("typ", "")).lower() in _NO_ACCESS:
        raise Refused(Reason.FORBIDDEN_TYPE)
    scopes = issuer.scopes(claims)
    if issuer.kind == "dashboard":
        subject = claims.get("sub")
        if not subject:
            raise Refused(Reason.MISSING_CLAIM)
        return Caller(Access.DASHBOARD, subject, scopes)
    partner = issuer.partner(claims)
    if partner is None or not is_partner_name(partner):
        raise Refused(Reason.UNKNOWN_PARTNER)
    return Caller(Access.PARTNER, partner, scopes)
