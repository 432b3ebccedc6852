"""What `doctor` says of mail relays."""

from __future__ import annotations

from core.errors import MessageDeferred
from core.messages import Acceptance, EmailMessage
from graphql_api.compose import choose_ports, compose
from graphql_api.running.finding import Finding, Grade
from graphql_api.running.relays import relays


class Answering:
    """A relay that takes e-mails."""

    async def send(self, message: EmailMessage) -> Acceptance:
        return Acceptance("any")

    async def check(self) -> None:
        pass


class Closed(Answering):
    """One that takes none now."""

    async def check(self) -> None:
        raise MessageDeferred("421 4.3.2 closing")


class Untried:
    """One that cannot be tried without an e-mail."""

    async def send(self, message: EmailMessage) -> Acceptance:
        return Acceptance("any")


async def test_each_relay(make_settings):
    """R51: by its name; one that cannot be tried is not spoken of."""
    settings = make_settings(mail_routes={"a": {}, "b": {}, "c": {}}, email="smtp")
    ports = choose_ports(settings, email={"a": Answering(), "b": Closed(), "c": Untried()})
    assert await relays(compose(settings, ports)) == [
        Finding("e-mail", Grade.GOOD, "relay a answers"),
        Finding("e-mail", Grade.BAD, "relay b: 421 4.3.2 closing"),
    ]
    await ports.close()
