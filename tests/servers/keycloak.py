"""What the adapter needs of Keycloak's admin REST interface, with Keycloak's peculiarities.

A stand-in, not Keycloak: it was written after Keycloak 26's `UsersResource` and `UserResource`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx

URL = "https://sso.example.org"
REALM = "vote"
CLIENT, SECRET = "reassort", "cl1ent s3cret"


@dataclass
class User:
    """One user of the realm."""

    id: str
    username: str
    attributes: dict[str, list[str]] = field(default_factory=dict)
    password: str | None = None
    earlier: set[str] = field(default_factory=set)
    sessions: int = 1
    failures: int = 3
    enabled: bool = True


@dataclass
class Keycloak:
    """A realm. The fields that follow the users change how it behaves."""

    users: list[User]
    keeps: bool = True
    """Whether the user profile keeps attributes that it does not declare."""
    history: bool = False
    """Whether the policy "not recently used" is on."""
    refusal: str | None = None
    """The code with which passwords are refused."""
    lifetime: Any = 60
    tokens: list[str] = field(default_factory=list)
    """Those that are valid."""
    issued: int = 0
    requests: list[httpx.Request] = field(default_factory=list)
    replies: dict[tuple[str, str], list[httpx.Response | Exception]] = field(default_factory=dict)
    """Answers to give instead, by method and the path's last part, one after the other."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        """For respx."""
        self.requests.append(request)
        method, parts = request.method, request.url.path.strip("/").split("/")
        if waiting := self.replies.get((method, parts[-1])):
            reply = waiting.pop(0)
            if isinstance(reply, Exception):
                raise reply
            return reply
        if parts[-1] == "token":
            return self._token(request)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return httpx.Response(401, json={"error": "HTTP 401 Unauthorized"})
        return self._admin(method, parts[3:], request)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = parse_qs(request.content.decode())
        if (form["client_id"], form["client_secret"]) != ([CLIENT], [SECRET]):
            return httpx.Response(401, json={"error": "unauthorized_client"})
        assert form["grant_type"] == ["client_credentials"]
        self.issued += 1
        self.tokens.append(f"t0ken-{self.issued}")
        said = {"access_token": self.tokens[-1], "expires_in": self.lifetime}
        return httpx.Response(200, json=said)

    def _admin(self, method: str, path: list[str], request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        if (method, path) == ("GET", ["users"]):
            return httpx.Response(200, json=[_shown(each) for each in self._search(request)])
        by_id = {each.id: each for each in self.users}
        user = by_id.get(path[-1]) or by_id.get(path[-2])
        if user is None:
            return httpx.Response(404, json={"error": "User not found"})
        match method, path[0], path[-1]:
            case "GET", "users", _:
                return httpx.Response(200, json=_shown(user))
            case "PUT", "users", "reset-password":
                return self._reset(user, body)
            case "PUT", "users", _:
                return self._update(user, body)
            case "POST", "users", "logout":
                user.sessions = 0
            case "DELETE", "attack-detection", _:
                user.failures = 0
        return httpx.Response(204)

    def _search(self, request: httpx.Request) -> list[User]:
        """By part of the username unless `exact`; by an attribute's whole value."""
        asked = request.url.params
        if "q" in asked:
            name, _, value = asked["q"].partition(":")
            found = [each for each in self.users if value in each.attributes.get(name, [])]
        elif asked.get("exact") == "true":
            found = [each for each in self.users if each.username == asked["username"]]
        else:
            found = [each for each in self.users if asked["username"] in each.username]
        return found[: int(asked["max"])]

    def _update(self, user: User, body: dict[str, Any]) -> httpx.Response:
        if "username" not in body:
            return httpx.Response(400, json={"errorMessage": "User name is missing"})
        assert "enabled" not in body
        sent = body["attributes"]
        user.attributes = sent if self.keeps else {"numic": sent.get("numic", [])}
        return httpx.Response(204)

    def _reset(self, user: User, body: dict[str, Any]) -> httpx.Response:
        assert (body["type"], body["temporary"]) == ("password", False)
        refusal = self.refusal
        if self.history and body["value"] in user.earlier:
            refusal = "invalidPasswordHistoryMessage"
        if refusal:
            said = {"error": refusal, "error_description": f"Invalid: {body['value']}"}
            return httpx.Response(400, json=said)
        user.password = body["value"]
        user.earlier.add(body["value"])
        return httpx.Response(204)


def _shown(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "email": f"{user.id}@example.org",
        "enabled": user.enabled,
        "requiredActions": [],
        "attributes": user.attributes,
    }
