"""Gateway or worker with a seed that is known beforehand, and an SMS adapter that can go wrong.

    python planted_seed.py serve|worker SEED-IN-HEX FLAG-FILE

The randomness port gives SEED for every seed of a password; all other chance is the system's. While
FLAG-FILE exists the SMS port fails with an exception that quotes the whole text, password included:
the worst that a vendor's library could do.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from adapters.sms.text import SmsText
from adapters.system import SystemRandomness
from core.messages import Acceptance, PasswordSms
from core.password_issuer import SEED_BYTES
from core.ports.randomness import Randomness
from core.ports.sms import Sms
from graphql_api.app import build_app
from graphql_api.compose import choose_ports, compose
from graphql_api.running.logs import configure_logs
from graphql_api.running.serving import address_of, bind, serve, work
from graphql_api.settings import read_settings


@dataclass(frozen=True)
class PlantedSeed:
    """The port `Randomness`."""

    seed: bytes
    chance: Randomness

    def token(self, size: int) -> bytes:
        return self.seed if size == SEED_BYTES else self.chance.token(size)


@dataclass(frozen=True)
class IndiscreetSms:
    """The port `Sms` over another one."""

    sms: Sms
    text: SmsText
    fails: Path

    async def send(self, message: PasswordSms) -> Acceptance:
        if self.fails.exists():
            text = self.text.write(message)
            raise ValueError(f"cannot send {text!r} to {message.to.value}")
        return await self.sms.send(message)


def main(role: str, seed: str, fails: str) -> None:
    settings = read_settings()
    configure_logs(settings.log_level)
    ports = choose_ports(settings)
    text = SmsText(settings.renewal_policy.password_length)
    ports = replace(
        ports,
        randomness=PlantedSeed(bytes.fromhex(seed), SystemRandomness()),
        sms={
            name: IndiscreetSms(gateway, text, Path(fails)) for name, gateway in ports.sms.items()
        },
    )
    application = compose(settings, ports)
    if role == "worker":
        asyncio.run(work(application, lambda: print("working", flush=True)))
        return
    listening = bind("127.0.0.1", 0)
    address = address_of(listening)
    ready = lambda: print(f"listening on {address}", flush=True)  # noqa: E731
    serve(build_app(application), listening, settings, ready)


if __name__ == "__main__":
    main(*sys.argv[1:])
