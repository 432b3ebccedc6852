"""What the demo's issuer answers, as OpenID Connect has it: a public client, codes with PKCE."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from core.ports.clock import Clock
from core.ports.randomness import Randomness

from .address import AUDIENCE, CLIENT, Address
from .grants import Grant, Grants
from .roles import CLAIM, Role

CODE_LIFE = timedelta(minutes=1)
TOKEN_LIFE = timedelta(minutes=10)
SESSION = timedelta(hours=12)
"""How long a refresh token may wait."""
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


class SignInRefused(Exception):
    """The request is answered here, and nobody is sent anywhere: it is not the demo's page that
    asks."""


@dataclass(frozen=True)
class Asked:
    """What a page asks at `authorize`."""

    redirect: str
    state: str
    nonce: str
    challenge: str
    problem: str
    """What is wrong with it, as OAuth 2.0 calls it; empty when nothing is."""

    @classmethod
    def read(cls, given: Mapping[str, str], address: Address) -> Asked:
        """Raises `SignInRefused` unless the demo's page asks."""
        redirect = given.get("redirect_uri", "")
        if given.get("client_id") != CLIENT or not address.takes(redirect):
            raise SignInRefused
        challenge = given.get("code_challenge", "")
        has_pkce = given.get("code_challenge_method") == "S256" and _CHALLENGE.fullmatch(challenge)
        problem = "" if has_pkce else "invalid_request"
        if given.get("response_type") != "code":
            problem = "unsupported_response_type"
        state, nonce = given.get("state", ""), given.get("nonce", "")
        return cls(redirect, state, nonce, challenge, problem)


class DemoIssuer:
    """Its key is made with it, and goes with it."""

    def __init__(self, address: Address, clock: Clock, randomness: Randomness) -> None:
        self.address, self._clock = address, clock
        self._codes = Grants(CODE_LIFE, clock, randomness)
        self._refreshing = Grants(SESSION, clock, randomness)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._key_id = randomness.token(8).hex()

    def discovery(self) -> dict[str, Any]:
        """OpenID Connect Discovery, 4.2."""
        return {
            "issuer": self.address.issuer,
            "authorization_endpoint": self.address.authorize,
            "token_endpoint": self.address.token,
            "jwks_uri": self.address.keys,
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["none"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid"],
        }

    def keys(self) -> dict[str, Any]:
        """The public half, as a set (RFC 7517)."""
        public = json.loads(ECAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": self._key_id, "use": "sig", "alg": "ES256"}]}

    def let_in(self, asked: Asked, role: Role) -> str:
        """Where the person goes from here: back, with a code, or with what is wrong."""
        told = {"error": asked.problem}
        if not asked.problem:
            grant = Grant(role, asked.nonce, asked.challenge, asked.redirect)
            told = {"code": self._codes.give(grant)}
        told |= {"state": asked.state, "iss": self.address.issuer}
        return f"{asked.redirect}?{urlencode(told)}"

    def tokens(self, given: Mapping[str, str]) -> dict[str, Any] | None:
        """For a code, or for a refresh token; None when it is not good for any (`invalid_grant`).
        Whatever was shown is used up."""
        kind = given.get("grant_type")
        if kind == "authorization_code":
            grant = self._codes.take(given.get("code", ""))
            fits = grant is not None and _fits(grant, given)
        else:
            grant = self._refreshing.take(given.get("refresh_token", ""))
            fits = kind == "refresh_token"
        if grant is None or not fits or given.get("client_id") != CLIENT:
            return None
        return {
            "access_token": self._signed("at+jwt", AUDIENCE, {CLAIM: [grant.role.value]}, grant),
            "id_token": self._signed("JWT", CLIENT, {"nonce": grant.nonce}, grant),
            "refresh_token": self._refreshing.give(Grant(grant.role)),
            "token_type": "Bearer",
            "expires_in": int(TOKEN_LIFE.total_seconds()),
        }

    def _signed(self, kind: str, audience: str, more: Mapping[str, Any], grant: Grant) -> str:
        now = self._clock.now()
        claims = {
            "iss": self.address.issuer,
            "sub": f"demo-{grant.role}",
            "aud": audience,
            "iat": now,
            "exp": now + TOKEN_LIFE,
            **more,
        }
        headers = {"kid": self._key_id, "typ": kind}
        return jwt.encode(claims, self._key, algorithm="ES256", headers=headers)


def _fits(grant: Grant, given: Mapping[str, str]) -> bool:
    """Whether who shows the code is who asked for it (RFC 7636)."""
    verifier = given.get("code_verifier", "")
    if not _VERIFIER.fullmatch(verifier) or given.get("redirect_uri") != grant.redirect:
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode() == grant.challenge
