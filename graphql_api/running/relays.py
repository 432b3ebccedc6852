"""Whether each mail relay would take an e-mail now."""

from __future__ import annotations

import asyncio

from core.errors import DependencyFailure
from core.ports.life_cycle import Checks, Lacks
from graphql_api.compose import Application
from graphql_api.compose.email import relays_of, settings_for_relay
from graphql_api.settings import Settings

from .finding import Finding, Grade

SUBJECT = "e-mail"


async def relays(application: Application) -> list[Finding]:
    """A finding for each that can be tried, and one for each thing that it lacks; nothing is
    sent."""
    found = relays_of(application.settings, application.ports.email)
    tried = {name: each for name, each in found.items() if isinstance(each, Checks)}
    said = await asyncio.gather(
        *(_tried(name, each, _address(application.settings, name)) for name, each in tried.items())
    )
    return [finding for each in said for finding in each]


def _address(settings: Settings, name: str) -> str:
    there = settings_for_relay(settings, name) if settings.mail_routes else settings
    return f"{there.smtp_host}:{there.smtp_port}"


async def _tried(name: str, relay: Checks, address: str) -> list[Finding]:
    try:
        await relay.check()
        lacking = await relay.lacking() if isinstance(relay, Lacks) else ()
    except DependencyFailure as problem:
        return [Finding(SUBJECT, Grade.BAD, f"relay {name}: {problem} ({address})")]
    answers = Finding(SUBJECT, Grade.GOOD, f"relay {name} answers")
    return [answers, *(Finding(SUBJECT, Grade.WARNING, f"relay {name}: {it}") for it in lacking)]
