"""An OpenID issuer on loopback for a public client: discovery, the authorization code flow with
PKCE (RFC 7636, S256 alone), refresh tokens that turn round, keys. It asks for no password: whoever
comes is `subject`. Each way of misbehaving is an attribute."""

from __future__ import annotations

import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers.issuer import SigningKey

CLIENT, AUDIENCE = "reassort-operations", "reassort-dashboards"


class OidcIssuer:
    """Serves at `issuer` once started. `now`: seconds since 1970 by the clock of who reads its
    tokens."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.key = SigningKey("first")
        self.subject = "u-1"
        self.claims: dict[str, Any] = {"scope": "deliveries:read operations:read evidence:read"}
        """Of access tokens, besides the usual ones; None takes one of those away."""
        self.id_claims: dict[str, Any] = {}
        self.life = 300
        self.gives_refresh_tokens = True
        self.error = ""
        """Answered to a browser in place of a code."""
        self.broken = False
        """Whether the token endpoint answers 503."""
        self.is_out = False
        """Whether its discovery document answers 503."""
        self.tells: dict[str, Any] = {}
        """In place of what the discovery document says."""
        self.origins: set[str] = set()
        """Of pages that may read its answers; none are listed: all."""
        self.asked: list[tuple[str, dict[str, str]]] = []
        """Path and parameters of every request."""
        self.given: list[str] = []
        """Every token."""
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh: set[str] = set()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer._answer(self, urlsplit(self.path).query)

            def do_POST(self) -> None:
                issuer._answer(self, self.rfile.read(int(self.headers["content-length"])).decode())

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing to say."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self.jwks_uri = f"{self.issuer}/jwks"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> OidcIssuer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def settings(self) -> dict[str, Any]:
        """What a gateway has to be told so that the page works with this issuer."""
        entry = {"issuer": self.issuer, "audience": AUDIENCE, "jwks_uri": self.jwks_uri}
        return {
            "issuers": [{**entry, "kind": "dashboard"}],
            "operations": True,
            "operations_issuer": self.issuer,
            "operations_client_id": CLIENT,
        }

    def revoke(self) -> None:
        """No refresh token holds any more."""
        self._refresh.clear()

    def _answer(self, handler: BaseHTTPRequestHandler, given: str) -> None:
        path = urlsplit(handler.path).path
        asked = {name: values[0] for name, values in parse_qs(given).items()}
        self.asked.append((path, asked))
        if path == "/authorize":
            handler.send_response(303)
            handler.send_header("Location", self._authorized(asked))
            handler.end_headers()
            return
        answers = {
            "/.well-known/openid-configuration": self._discovery,
            "/token": lambda: self._token(asked),
            "/jwks": lambda: (200, {"keys": [self.key.jwk]}),
        }
        status, told = answers.get(path, lambda: (404, {}))()
        handler.send_response(status)
        origin = handler.headers.get("origin")
        if origin and (not self.origins or origin in self.origins):
            handler.send_header("Access-Control-Allow-Origin", origin)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        handler.wfile.write(json.dumps(told).encode())

    def _discovery(self) -> tuple[int, dict[str, Any]]:
        return 503 if self.is_out else 200, {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": self.jwks_uri,
            "end_session_endpoint": f"{self.issuer}/logout",
            "code_challenge_methods_supported": ["S256"],
        } | self.tells

    def _authorized(self, asked: dict[str, str]) -> str:
        told = {"state": asked["state"], "iss": self.issuer}
        if self.error:
            return f"{asked['redirect_uri']}?{urlencode(told | {'error': self.error})}"
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode(told | {'code': code})}"

    def _token(self, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if self.broken:
            return 503, {}
        if given.get("grant_type") == "refresh_token":
            if given["refresh_token"] not in self._refresh:
                return 400, {"error": "invalid_grant"}
            self._refresh.remove(given["refresh_token"])
            return 200, self._tokens({})
        asked = self._codes.pop(given.get("code", ""), None)
        if asked is None or not _fits(given, asked):
            return 400, {"error": "invalid_grant"}
        return 200, self._tokens({"nonce": asked["nonce"]})

    def _tokens(self, more: dict[str, Any]) -> dict[str, Any]:
        told = {
            "token_type": "Bearer",
            "expires_in": self.life,
            "access_token": self.access_token(),
        }
        if self.gives_refresh_tokens:
            told["refresh_token"] = secrets.token_urlsafe()
            self._refresh.add(told["refresh_token"])
        now = int(self.now())
        known = {"iss": self.issuer, "aud": CLIENT, "sub": self.subject, "iat": now}
        claims = known | {"exp": now + 300} | more | self.id_claims
        told["id_token"] = self.key.sign(claims)
        self.given += [value for name, value in told.items() if name.endswith("_token")]
        return told

    def access_token(self) -> str:
        """One for the gateway."""
        now = int(self.now())
        known = {"iss": self.issuer, "aud": AUDIENCE, "sub": self.subject, "iat": now}
        claims = known | {"exp": now + self.life} | self.claims
        given = {name: value for name, value in claims.items() if value is not None}
        return self.key.sign(given, typ="at+jwt")


def _fits(given: dict[str, str], asked: dict[str, str]) -> bool:
    """Whether the code is shown by who asked for it."""
    digest = sha256(given.get("code_verifier", "").encode()).digest()
    challenge = urlsafe_b64encode(digest).rstrip(b"=").decode()
    return (
        asked.get("code_challenge_method") == "S256"
        and asked.get("code_challenge") == challenge
        and all(given.get(name) == asked.get(name) for name in ("client_id", "redirect_uri"))
    )
