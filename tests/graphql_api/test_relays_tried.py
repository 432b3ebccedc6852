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


class Bare(Answering):
    """One that offers little."""

    async def lacking(self) -> list[str]:
        return ["it offers no DSN"]


async def test_what_a_relay_lacks(make_settings):
    """M6: it answers, and yet failures of its e-mails may never be told: a warning says so."""
    settings = make_settings(mail_routes={"a": {}}, email="smtp")
    ports = choose_ports(settings, email={"a": Bare()})
    assert await relays(compose(settings, ports)) == [
        Finding("e-mail", Grade.GOOD, "relay a answers"),
        Finding("e-mail", Grade.WARNING, "relay a: it offers no DSN"),
    ]
    await ports.close()


async def test_each_relay(make_settings):
    """R51: by its name; one that cannot be tried is not spoken of."""
    settings = make_settings(mail_routes={"a": {}, "b": {}, "c": {}}, email="smtp")
    ports = choose_ports(settings, email={"a": Answering(), "b": Closed(), "c": Untried()})
    assert await relays(compose(settings, ports)) == [
        Finding("e-mail", Grade.GOOD, "relay a answers"),
        Finding("e-mail", Grade.BAD, "relay b: 421 4.3.2 closing (127.0.0.1:587)"),
    ]
    await ports.close()
