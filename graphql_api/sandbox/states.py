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

from core.link_shares import MailVerdict
from core.route_health import Health, Verdict
from graphql_api.scenarios.credentials import signed_partner
from graphql_api.scenarios.scenario import IDENTIFIER, LATER, PARTNER, Scenario
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
    code = {"id": f"sandbox-request-before-{scenario.name}", "answer": RIGHT}
    form = {"numic": scenario.numic, "email": scenario.address, "securityCode": code}
    await _send(room, _ASK, form)
    return values | {"token": _newest_token(room)}


async def _link_used(room: Room, scenario: Scenario) -> Values:
    values = await _link_sent(room, scenario)
    await _confirm(room, values["token"], scenario)
    return values


async def _confirm(room: Room, token: str, scenario: Scenario) -> None:
    code = {"id": f"sandbox-confirm-before-{scenario.name}", "answer": RIGHT}
    form = {"token": token, "identifier": IDENTIFIER, "securityCode": code}
    await _send(room, _CONFIRM, form)


async def _route_fallen(room: Room, scenario: Scenario) -> Values:
    await _judge(room, Health.FAILING)
    return await _nothing(room, scenario)


async def _route_recovered(room: Room, scenario: Scenario) -> Values:
    await _judge(room, Health.FAILING, Health.SOUND)
    return await _nothing(room, scenario)


async def _judge(room: Room, *healths: Health) -> None:
    """Of the route that most voters' SMS take, in France: one after the other."""
    was, now = None, room.parts.clock.now()
    async with room.parts.application.ports.store.begin() as unit:
        for health in healths:
            verdict = Verdict("sandbox", "FR", health, now)
            await unit.routes.judge(verdict, was)
            was = verdict


async def _mail_route_fallen(room: Room, scenario: Scenario) -> Values:
    relay, now = next(iter(room.parts.application.settings.mail_relays)), room.parts.clock.now()
    domain = scenario.address.partition("@")[2]
    async with room.parts.application.ports.store.begin() as unit:
        await unit.mail_routes.judge(MailVerdict(relay, domain, Health.FAILING, now), None)
    return await _nothing(room, scenario)


async def _voters_unreached(room: Room, scenario: Scenario) -> Values:
    for each in {each.unreached: each for each in reversed(SCENARIOS) if each.unreached}.values():
        values = await _link_sent(room, each)
        if each.confirm:
            await _confirm(room, values["token"], each)
    await room.advance(LATER)
    return await _nothing(room, scenario)


STATES: Mapping[str, Callable[[Room, Scenario], Awaitable[Values]]] = {
    "nothing has happened": _nothing,
    "a link was sent": _link_sent,
    "a link was used": _link_used,
    "voters are unreached": _voters_unreached,
    "a route has fallen": _route_fallen,
    "a route has recovered": _route_recovered,
    "a mail route has fallen": _mail_route_fallen,
}
"""Each with the voter `renewed`, unless the state's parameter `voter` names another."""


async def _send(room: Room, document: str, form: Mapping[str, Any]) -> None:
    """One form, through the gateway like anyone's; as the partner, where others pay."""
    transport = httpx.ASGITransport(room)  # pyright: ignore[reportArgumentType]
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        content = {"query": document, "variables": {"input": form}}
        must_pay = room.parts.application.settings.security_code_price == "required"
        headers = {"authorization": f"Bearer {PARTNER}"} if must_pay else {}
        (await client.post("/graphql", json=content, headers=headers)).raise_for_status()


def _newest_token(room: Room) -> str:
    inbox = room.parts.application.ports.inbox
    texts = [each["text"] for each in inbox.contents()["emails"]] if inbox else []
    found = next(filter(None, map(_TOKEN.search, texts)), None)
    return found[1] if found else ""
