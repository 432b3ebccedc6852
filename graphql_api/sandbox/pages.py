"""The scenarios as JSON, as a page to look at, and as Markdown for the docs."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from typing import Any

from core.keys import Keyring
from graphql_api.scenarios.credentials import signing
from graphql_api.scenarios.scenario import IDENTIFIER, LATER, Scenario
from graphql_api.scenarios.table import SCENARIOS

from .ways import WAYS

RIGHT, WRONG = "1234", "0000"
"""As the sandbox's security codes have them; a test holds the two together."""
MINUTES = int(LATER.total_seconds() // 60)
_HEAD = (
    "NUMIC",
    "e-mail address",
    "what happens",
    "screen 2",
    "e-mail",
    "screen 5",
    "SMS",
    "unreached",
)


def scenarios_json(keyring: Keyring) -> dict[str, Any]:
    """`voters`: the table; `ways`: what any voter can bring about; `signing`: what the partner
    signs with."""
    return {
        "signing": signing(keyring),
        "identifier": IDENTIFIER,
        "securityCode": {"right": RIGHT, "wrong": WRONG},
        "voters": [_voter(each) for each in SCENARIOS],
        "ways": [asdict(each) for each in WAYS],
    }


def scenarios_page() -> str:
    """The same, for people."""
    head = "".join(f"<th scope=col>{escape(each)}</th>" for each in _HEAD)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _cells(each)) + "</tr>"
        for each in SCENARIOS
    )
    ways = "".join(f"<dt>{escape(each.outcome)}</dt><dd>{escape(each.how)}</dd>" for each in WAYS)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sandbox</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        "</head><body><main><h1>Sandbox: who brings about what</h1>"
        f"<p>Identifier of all: <code>{IDENTIFIER}</code>. Answer to every security code: "
        f"<code>{RIGHT}</code>.</p><table><tr>{head}</tr>{rows}</table>"
        f"<h2>With any voter</h2><dl>{ways}</dl></main></body></html>"
    )


def scenarios_tables() -> str:
    """The same, for the docs."""
    head = f"| {' | '.join(_HEAD)} |\n{'|---' * len(_HEAD)}|"
    rows = "\n".join(f"| {' | '.join(_cells(each))} |" for each in SCENARIOS)
    ways = "\n".join(f"| {each.outcome} | {each.how} |" for each in WAYS)
    told = (
        f"Their identifier is `{IDENTIFIER}`, and every security code takes `{RIGHT}`. "
        f"*unreached*: under what `votersUnreached` counts the voter {MINUTES} minutes after the "
        "form, or after screen 5 if it comes to that."
    )
    return (
        f"## The voters\n\n{told}\n\n{head}\n{rows}\n\n"
        f"## With any voter\n\n| outcome | how |\n|---|---|\n{ways}"
    )


def _voter(scenario: Scenario) -> dict[str, str]:
    told = ("name", "numic", "what", "request", "email", "confirm", "sms", "unreached")
    return {"address": scenario.address} | {each: getattr(scenario, each) for each in told}


def _cells(scenario: Scenario) -> tuple[str, ...]:
    happens = (scenario.request, scenario.email, scenario.confirm, scenario.sms, scenario.unreached)
    return (scenario.numic, scenario.address, scenario.what, *(each or "-" for each in happens))
