"""Provider states of consumer contracts (Pact): how the sandbox gets to each of them.

A state begins with a reset. Its values, such as the token of a link, go into the contract's
requests (`fromProviderState`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx

from graphql_api.scenarios.credentials import signed_partner
from graphql_api.scenarios.scenario import IDENTIFIER, Scenario
from graphql_api.scenarios.table import SCENARIOS

from .pages import RIGHT
from .room import Room

_TOKEN = re.compile(r"token=([\w-]{43})")
SIGNED_FOR = timedelta(minutes=30)
_VOTERS = {each.name: each for each in SCENARIOS}
_ASK = """mutation ($input: RequestPasswordRenewalInput!) {
  requestPasswordRenewal(input: $input) { __typename } }"""
_CONFIRM = """mutation ($input: ConfirmPasswordRenewalInput!) {
  confirmPasswordRenewal(input: $input) { __typename } }"""

Values = dict[str, str]


async def bring_about(room: Room, state: str, voter: str) -> Values:
    """Put a room that was just reset into a state. Raises `ValueError` for one that there is not.
    `voter` is a name of the table of scenarios."""
    if state not in STATES or voter not in _VOTERS:
        raise ValueError(f"no such state or voter; states: {', '.join(STATES)}")
    return await STATES[state](room, _VOTERS[voter])


async def _nothing(room: Room, scenario: Scenario) -> Values:
    parts = room.parts
    keyring, until = parts.application.settings.keyring, parts.clock.now() + SIGNED_FOR
    return {
        "signedPartner": signed_partner(keyring, until),
        "numic": scenario.numic,
        "email": scenario.address,
        "identifier": IDENTIFIER,
        "securityCodeId": "sandbox-request-state",
        "confirmCodeId": "sandbox-confirm-state",
        "assistanceCodeId": "sandbox-assistance-state",
        "answer": RIGHT,
    }


async def _link_sent(room: Room, scenario: Scenario) -> Values:
    values = await _nothing(room, scenario)
    code = {"id": "sandbox-request-before", "answer": RIGHT}
    form = {"numic": scenario.numic, "email": scenario.address, "securityCode": code}
    await _send(room, _ASK, form)
    return values | {"token": _newest_token(room)}


async def _link_used(room: Room, scenario: Scenario) -> Values:
    values = await _link_sent(room, scenario)
    code = {"id": "sandbox-confirm-before", "answer": RIGHT}
    form = {"token": values["token"], "identifier": IDENTIFIER, "securityCode": code}
    await _send(room, _CONFIRM, form)
    return values


STATES: Mapping[str, Callable[[Room, Scenario], Awaitable[Values]]] = {
    "nothing has happened": _nothing,
    "a link was sent": _link_sent,
    "a link was used": _link_used,
}
"""Each with the voter `renewed`, unless the state's parameter `voter` names another."""


async def _send(room: Room, document: str, form: Mapping[str, Any]) -> None:
    """One form, through the gateway like anyone's."""
    transport = httpx.ASGITransport(room)  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        content = {"query": document, "variables": {"input": form}}
        (await client.post("/graphql", json=content)).raise_for_status()


def _newest_token(room: Room) -> str:
    inbox = room.parts.application.ports.inbox
    texts = [each["text"] for each in inbox.contents()["emails"]] if inbox else []
    found = next(filter(None, map(_TOKEN.search, texts)), None)
    return found[1] if found else ""
