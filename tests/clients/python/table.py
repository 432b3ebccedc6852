"""Every outcome of the sandbox's tables through a client: what it makes of screens 2 and 5.

It needs nothing but Python, for it also runs beside clients that cannot share our environment.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol
from urllib.request import Request, urlopen

SKIPPED = {"slow"}
"""Takes three seconds a form."""
ANOTHER_IDENTIFIER = "ZZZZZZZZZZZZ"

Member = Mapping[str, Any]
"""One of a union, as GraphQL has it: `__typename`, `code`, `message`, …"""


class Client(Protocol):
    """What is tried. The first three give a member, or raise what the library raises."""

    def ask(self, form: dict[str, Any]) -> Member: ...

    def look(self, token: str) -> Member: ...

    def confirm(self, form: dict[str, Any]) -> Member: ...

    def outcome(self, error: Exception) -> str | None:
        """The code or `HTTP status` of what was raised; None for a stranger."""
        ...


def play(base: str, client: Client) -> int:
    """Plays all outcomes; how many there were. Raises `AssertionError` where the client shows
    another than the table says, or one without its message or code."""
    _read(base, "/dev/reset", {})
    told = _read(base, "/dev/scenarios.json")
    played = 0
    for who, found, wanted in (*_voters(base, client, told), *_anyone(base, client, told)):
        # The table names a member's code only where it has several. Behind a router a client may
        # know of an HTTP status no more than that it was one.
        as_told = (
            found == wanted
            or found.startswith(f"{wanted} ")
            or (found == "HTTP" == wanted.split()[0])
        )
        assert as_told, f"{who}: {found}, the table says {wanted}"
        played += 1
    return played


def _voters(base: str, client: Client, told: Any) -> Iterator[tuple[str, str, str]]:
    """Each voter of the table: name, what was shown, what should be."""
    for voter in told["voters"]:
        if voter["name"] in SKIPPED:
            continue
        number = voter["numic"]
        form = {"numic": number, "email": voter["address"], "locale": "EN"}
        asked = client.ask, form | _code("request", number)
        yield voter["name"], _shown(client, *asked), voter["request"]
        if voter["confirm"]:
            token = newest_token(base, voter["address"])
            assert client.look(token)["message"] or client.look(token)["usable"]
            last = {"token": token, "identifier": told["identifier"], "locale": "EN"}
            confirmed = client.confirm, last | _code("confirm", number)
            yield voter["name"], _shown(client, *confirmed), voter["confirm"]


def _anyone(base: str, client: Client, told: Any) -> Iterator[tuple[str, str, str]]:
    """What any voter may bring about: here the second one, from the beginning."""
    _read(base, "/dev/reset", {})
    voter = next(each for each in told["voters"] if each["name"] == "renewed-too")
    ask = {"numic": voter["numic"], "email": voter["address"], "locale": "EN"}

    def asked(name: str, wanted: str, **fields: Any) -> tuple[str, str, str]:
        return name, _shown(client, client.ask, ask | _code("request", name) | fields), wanted

    def confirmed(name: str, wanted: str, **fields: Any) -> tuple[str, str, str]:
        return name, _shown(client, client.confirm, last | _code("confirm", name) | fields), wanted

    made_up, wrong = {"id": "made-up", "answer": "1234"}, _code("request", "w", "0000")
    yield asked("invalid", "InvalidFields INVALID_FIELDS numic,email", numic="1x", email="nobody")
    yield asked("unknown", "SecurityCodeRejected SECURITY_CODE_UNKNOWN", securityCode=made_up)
    yield asked("wrong", "SecurityCodeRejected SECURITY_CODE_WRONG", **wrong)
    yield asked("first", "RenewalRequested")
    yield asked("first", "SecurityCodeRejected SECURITY_CODE_USED")
    token = newest_token(base, voter["address"])
    last = {"token": token, "identifier": told["identifier"], "locale": "EN"}
    mismatch = "LinkRejected IDENTIFIER_MISMATCH 4 left"
    yield confirmed("mismatch", mismatch, identifier=ANOTHER_IDENTIFIER)
    yield confirmed("no link", "LinkRejected UNKNOWN_LINK", token="A" * len(token))
    yield confirmed("done", "PasswordRenewed")
    (sms,) = _read(base, "/dev/inbox.json")["sms"]
    assert sms["text"]
    yield confirmed("again", "LinkRejected LINK_USED")
    assert client.look(token)["code"] == "LINK_USED"


def _shown(client: Client, send: Callable[[dict[str, Any]], Member], form: dict[str, Any]) -> str:
    try:
        member = send(form)
    except Exception as error:
        outcome = client.outcome(error)
        if outcome is None:
            raise
        return outcome
    kind = member["__typename"]
    assert member["message"], f"nothing to show: {member}"
    said = [kind] if kind in ("RenewalRequested", "PasswordRenewed") else [kind, member["code"]]
    if kind == "InvalidFields":
        assert all(each["message"] for each in member["fields"])
        said.append(",".join(each["field"] for each in member["fields"]))
    if member.get("attemptsLeft") is not None:
        said.append(f"{member['attemptsLeft']} left")
    return " ".join(said)


def newest_token(base: str, address: str) -> str:
    """The link in the newest e-mail to an address that has one."""
    emails = _read(base, "/dev/inbox.json")["emails"]
    texts = [each["text"] for each in emails if each["to"] == address]
    return next(found[1] for each in texts if (found := re.search(r"token=([\w-]+)", each)))


def _code(step: str, name: str, answer: str = "1234") -> dict[str, Any]:
    """A security code of the sandbox's that need not be issued; good once."""
    return {"securityCode": {"id": f"sandbox-{step}-{name.replace(' ', '-')}", "answer": answer}}


def _read(base: str, path: str, body: object = None) -> Any:
    content = None if body is None else json.dumps(body).encode()
    with urlopen(Request(base + path, content), timeout=60) as answer:
        return json.load(answer)
