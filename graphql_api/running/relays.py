"""Whether each mail relay would take an e-mail now."""

from __future__ import annotations

import asyncio

from core.errors import DependencyFailure
from core.ports.life_cycle import Checks
from graphql_api.compose import Application
from graphql_api.compose.email import relays_of

from .finding import Finding, Grade

SUBJECT = "e-mail"


async def relays(application: Application) -> list[Finding]:
    """A finding for each that can be tried; nothing is sent."""
    found = relays_of(application.settings, application.ports.email)
    tried = {name: each for name, each in found.items() if isinstance(each, Checks)}
    return list(await asyncio.gather(*(_tried(name, each) for name, each in tried.items())))


async def _tried(name: str, relay: Checks) -> Finding:
    try:
        await relay.check()
    except DependencyFailure as problem:
        return Finding(SUBJECT, Grade.BAD, f"relay {name}: {problem}")
    return Finding(SUBJECT, Grade.GOOD, f"relay {name} answers")
