"""Credential store behind a signed call to the portal.

`PUT <url>` with a JSON object: `numic` (8 digits), `password_hash` (argon2id in PHC form) or
`password`, `request_id`, `round_id`, `issued_at` (UTC, microseconds). `Idempotency-Key` is the
request's id, and a repeated call has the same body. The portal decides in one statement which
password is the later one, by `issued_at` and then by `request_id`, and answers

* 200, 201 or 204: this password is in force;
* 409: a later one is, and nothing was changed;
* 423 or 410: the account is locked, or there is none;
* 400 or 422 with a JSON object whose `refused` is a `CredentialsProblem`: a rule refuses the
  password, and nothing was changed. With `too_young`, `until` (ISO 8601, with its offset) says when
  it may be replaced.

Everything else means that it cannot be known: the call comes again. So does 422 without that word,
for frameworks answer so to a body that they cannot read, which would be every voter's.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import httpx

from adapters.connections.guarded_http import GuardedHttp, GuardSettings, NoAnswer, secret_url
from adapters.credentials.hashing import Argon2id, Argon2Parameters
from adapters.credentials.rank import instant
from adapters.credentials.signature import HEADER, SigningKey
from adapters.system import SystemClock
from core.errors import CredentialsProblem, CredentialsRefused, CredentialsUnavailable
from core.password_issuer import Password
from core.ports.clock import Clock
from core.ports.credentials import Issuance
from core.voter import Numic

_IN_FORCE = (httpx.codes.OK, httpx.codes.CREATED, httpx.codes.NO_CONTENT)
_NO_ACCOUNT: dict[int, str] = {
    httpx.codes.LOCKED: "the account is locked",
    httpx.codes.GONE: "there is no such account",
}
_BY_RULE = (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY)
_TO_MEND: dict[int, str] = {
    httpx.codes.UNAUTHORIZED: "the portal does not accept the signature",
    httpx.codes.FORBIDDEN: "the portal does not accept the gateway",
    httpx.codes.NOT_FOUND: "there is nothing at REASSORT_CREDENTIALS_HTTP_URL",
}
HASHES_AT_ONCE = 2


@dataclass(frozen=True)
class HttpCredentialsSettings:
    """Where the portal takes passwords, and how it knows us."""

    url: str
    """https, but to this very machine. It names no voter: those stand in the body."""
    key: SigningKey
    send: Literal["hash", "password"] = "hash"
    argon2id: Argon2Parameters = field(default_factory=Argon2Parameters)
    guard: GuardSettings = field(default_factory=GuardSettings)

    def __post_init__(self) -> None:
        secret_url(self.url)
        self.argon2id.require_strong()


class HttpCredentials:
    """`core.ports.credentials.Credentials` over HTTP. The client is the host's."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        settings: HttpCredentialsSettings,
        clock: Clock | None = None,
    ) -> None:
        self._http = GuardedHttp(client, settings.guard, clock)
        self._settings = settings
        self._clock = clock or SystemClock()
        self._url = secret_url(settings.url)
        self._path = httpx.URL(self._url).raw_path.decode()
        self._argon2id = Argon2id(settings.argon2id)
        self._hashing = asyncio.Semaphore(HASHES_AT_ONCE)

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        """See the port."""
        body = await self._body(numic, password, issuance)
        try:
            answer = await self._http.send("PUT", self._url, self._headers(issuance, body), body)
        except NoAnswer as failure:
            raise CredentialsUnavailable(f"credential store: {failure}") from None
        if answer.status_code in _IN_FORCE:
            return True
        if answer.status_code == httpx.codes.CONFLICT:
            return False
        raise _failure(answer)

    async def aclose(self) -> None:
        """Nothing to let go of: the client is the host's."""

    async def _body(self, numic: Numic, password: Password, issuance: Issuance) -> bytes:
        secret = await self._secret(password, issuance)
        said = {
            "numic": numic.value,
            **secret,
            "request_id": issuance.request_id,
            "round_id": issuance.round_id,
            "issued_at": instant(issuance.issued_at),
        }
        return json.dumps(said, separators=(",", ":")).encode()

    async def _secret(self, password: Password, issuance: Issuance) -> dict[str, str]:
        plain = password.reveal()
        if self._settings.send == "password":
            return {"password": plain}
        salt = self._settings.key.salt(issuance.request_id)
        async with self._hashing:
            return {"password_hash": await asyncio.to_thread(self._argon2id.hash, plain, salt)}

    def _headers(self, issuance: Issuance, body: bytes) -> dict[str, str]:
        key, request = self._settings.key, issuance.request_id
        return {
            "Content-Type": "application/json",
            "Idempotency-Key": request,
            HEADER: key.sign(self._clock.now(), "PUT", self._path, request, body),
        }


def _failure(answer: httpx.Response) -> CredentialsRefused | CredentialsUnavailable:
    """Of an answer about this one voter, and of any other."""
    status = answer.status_code
    if reason := _NO_ACCOUNT.get(status):
        return CredentialsRefused(f"credential store: {reason}")
    if status in _BY_RULE and (refusal := _refusal_in(answer)):
        return refusal
    what = _TO_MEND.get(status)
    return CredentialsUnavailable(f"credential store: status {status}{f': {what}' if what else ''}")


def _refusal_in(answer: httpx.Response) -> CredentialsRefused | None:
    try:
        said = answer.json()
        why = CredentialsProblem(said["refused"])
        until = datetime.fromisoformat(said["until"]) if "until" in said else None
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    if until is not None and until.tzinfo is None:
        return None
    return CredentialsRefused(f"credential store: the portal refuses it: {why}", why, until)
