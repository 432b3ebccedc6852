"""The few calls of Keycloak's admin REST interface that a new password takes.

Made for Keycloak 24 and later. What is peculiar to it:

* There is no conditional write and no PATCH. `PUT /users/{id}` replaces all attributes: the ones
  that were read are sent back. `enabled` and required actions are left out, so they stay.
* Attributes that the realm's user profile does not know are dropped without a word, unless its
  `unmanagedAttributePolicy` is ADMIN_EDIT or ENABLED, or they are declared.
* A search is by part of the name unless `exact` is set. What it finds is compared again.
* Numbers stand in the query of a search: there is no other. httpx must not log it, see
  `hide_queries`; Keycloak's access log, and any proxy's, is the host's to mind.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from adapters.connections.guarded_http import GuardedHttp, GuardSettings, hide_queries, secret_url
from adapters.credentials.keycloak_refusals import Refused, refusal_of
from core.ports.clock import Clock

USERNAME = "username"
_ROOT = ("username", "email", "firstName", "lastName")
"""Members that a PUT without them would clear, or refuse to do without."""
_SPARE = timedelta(seconds=10)
"""A token is renewed this long before it expires."""
_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True)
class KeycloakSettings:
    """A realm, and a client of it with a service account that may `manage-users`."""

    url: str
    """Base of Keycloak, without `/admin` or `/realms`. https, but to this very machine."""
    realm: str
    client_id: str
    client_secret: str = field(repr=False)
    find_by: str = USERNAME
    """The username is the NUMIC; or the name of the attribute that is."""
    logout: bool = False
    """End the user's sessions once the password is in force."""
    clear_lockout: bool = False
    """Forget failed sign-ins (brute force detection) once the password is in force."""
    lease_seconds: int = 60
    """How long others stay away while a password is being set."""
    guard: GuardSettings = field(default_factory=GuardSettings)

    def __post_init__(self) -> None:
        secret_url(self.url)
        if not (self.realm and self.client_id and self.client_secret and self.find_by):
            raise ValueError("Keycloak needs a realm, a client, its secret, and how to find users")
        if self.lease_seconds < 1:
            raise ValueError("Keycloak needs a second at least to set a password")


class KeycloakApi:
    """Calls as the client, whose token is kept until it expires. Others raise `NoAnswer`."""

    def __init__(self, client: httpx.AsyncClient, settings: KeycloakSettings, clock: Clock) -> None:
        hide_queries()
        self._http = GuardedHttp(client, settings.guard, clock)
        self._settings = settings
        self._clock = clock
        base, realm = secret_url(settings.url), quote(settings.realm, safe="")
        self._token_url = f"{base}/realms/{realm}/protocol/openid-connect/token"
        self._admin = f"{base}/admin/realms/{realm}"
        self._token: tuple[str, datetime] | None = None

    async def find(self, number: str) -> str:
        """The id of the one user who has exactly this number."""
        users = await self.search(number)
        if len(users) != 1:
            raise Refused("several users" if users else "no such user")
        return str(users[0]["id"])

    async def search(self, number: str) -> list[dict[str, Any]]:
        """The users who have exactly this number."""
        name = self._settings.find_by
        asked = {USERNAME: number} if name == USERNAME else {"q": f"{name}:{number}"}
        params = {**asked, "exact": "true", "briefRepresentation": "false", "max": "3"}
        found = _json(await self._call("GET", "/users", (200,), params=params), list)
        return [each for each in found if isinstance(each, dict) and _has(each, name, number)]

    async def user(self, id: str) -> dict[str, Any]:
        """All that Keycloak says of the user."""
        return _json(await self._call("GET", f"/users/{quote(id, safe='')}", (200,)), dict)

    async def set_attributes(self, user: dict[str, Any], changed: dict[str, list[str]]) -> None:
        """Over the representation that was read; those without a value go. Raises `UserRefused`."""
        merged = {**attributes_of(user), **changed}
        body = {
            **{name: user[name] for name in _ROOT if user.get(name) is not None},
            "attributes": {name: values for name, values in merged.items() if values},
        }
        await self._call("PUT", f"/users/{quote(str(user['id']), safe='')}", (204,), body)

    async def reset_password(self, id: str, password: str) -> None:
        """Raises `UserRefused` and `InHistory`."""
        body = {"type": "password", "temporary": False, "value": password}
        await self._call("PUT", f"/users/{quote(id, safe='')}/reset-password", (204,), body)

    async def logout(self, id: str) -> None:
        """Ends the user's sessions."""
        await self._call("POST", f"/users/{quote(id, safe='')}/logout", (204,))

    async def clear_lockout(self, id: str) -> None:
        """Forgets the user's failed sign-ins."""
        path = f"/attack-detection/brute-force/users/{quote(id, safe='')}"
        await self._call("DELETE", path, (204,))

    async def _call(
        self,
        method: str,
        path: str,
        hoped: tuple[int, ...],
        body: dict[str, Any] | None = None,
        params: dict[str, str] | None = None,
    ) -> httpx.Response:
        """With the token that is kept, and with a new one when that is refused."""
        content = None if body is None else json.dumps(body).encode()
        answer = await self._authorised(method, path, content, params)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._token = None
            answer = await self._authorised(method, path, content, params)
        if answer.status_code not in hoped:
            raise refusal_of(_CALLS.get(method, method), answer)
        return answer

    async def _authorised(
        self, method: str, path: str, content: bytes | None, params: dict[str, str] | None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {await self._bearer()}", "Content-Type": _JSON}
        return await self._http.send(method, self._admin + path, headers, content, params)

    async def _bearer(self) -> str:
        now = self._clock.now()
        if self._token is None or now >= self._token[1]:
            form = {
                "grant_type": "client_credentials",
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret,
            }
            content = urlencode(form).encode()
            answer = await self._http.send(
                "POST", self._token_url, {"Content-Type": _FORM}, content
            )
            self._token = _token_of(answer, now)
        return self._token[0]


_CALLS = {"GET": "reading", "PUT": "writing", "POST": "ending sessions", "DELETE": "unlocking"}


def attributes_of(user: dict[str, Any]) -> dict[str, list[str]]:
    """The user's attributes, each with its values."""
    attributes = user.get("attributes") or {}
    if not isinstance(attributes, dict):
        raise Refused("unusable attributes")
    return attributes


def _has(user: dict[str, Any], name: str, number: str) -> bool:
    if name == USERNAME:
        return user.get(USERNAME) == number
    return number in attributes_of(user).get(name, [])


def _token_of(answer: httpx.Response, now: datetime) -> tuple[str, datetime]:
    if answer.status_code != httpx.codes.OK:
        raise refusal_of("token", answer)
    said = _json(answer, dict)
    token, seconds = said.get("access_token"), said.get("expires_in")
    if not isinstance(token, str) or not isinstance(seconds, int | float):
        raise Refused("unusable token")
    return token, now + timedelta(seconds=min(seconds, 3600)) - _SPARE


def _json(answer: httpx.Response, kind: type) -> Any:
    try:
        said = answer.json()
    except (ValueError, RecursionError):
        raise Refused("the answer is not JSON") from None
    if not isinstance(said, kind):
        raise Refused("unusable answer")
    return said
