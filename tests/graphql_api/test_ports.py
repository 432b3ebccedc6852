"""The adapters of one process: made when asked for, replaced by name, closed in reverse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.messages import Acceptance, PasswordSms
from graphql_api.compose import Ports, choose_ports, compose_on_demand
from graphql_api.settings import Settings

MakeSettings = Callable[..., Settings]


class Noted:
    """A provider that keeps a connection, and notes what happens to it."""

    def __init__(self, name: str, notes: list[str]) -> None:
        self._name, self._notes = name, notes

    async def send(self, message: PasswordSms) -> Acceptance:
        return Acceptance(self._name)

    async def start(self) -> None:
        self._notes.append(f"{self._name} started")

    async def aclose(self) -> None:
        self._notes.append(f"{self._name} closed")


async def test_a_port_is_made_when_it_is_asked_for(make_settings: MakeSettings):
    """What nobody asks for is neither made nor, at the end, made to be closed."""
    ports = Ports(make_settings())
    clock = ports.clock
    assert (ports.clock is clock, set(vars(ports))) == (True, {"settings", "clock"})
    await ports.close()
    assert set(vars(ports)) == {"settings", "clock"}


async def test_connections_are_made_and_ended(make_settings: MakeSettings):
    """An adapter that has `start` and `aclose` is started for a worker, and closed at the end: the
    last one first, the store after all others."""
    notes: list[str] = []
    providers = {"first": Noted("first", notes), "second": Noted("second", notes)}
    ports = choose_ports(make_settings(), sms=providers, email=Noted("email", notes))
    store = ports.store

    async def close() -> None:
        notes.append("store closed")

    store.close = close
    await ports.connect()
    assert notes == ["first started", "second started"]
    await ports.close()
    assert notes[2:] == ["second closed", "first closed", "email closed", "store closed"]


async def test_one_that_cannot_be_closed_keeps_no_other_open(make_settings: MakeSettings):
    """Every adapter is closed, also when one fails at it."""
    notes: list[str] = []

    class Stuck(Noted):
        async def aclose(self) -> None:
            raise RuntimeError("stuck")

    ports = choose_ports(make_settings(), email=Noted("email", notes), sms=Stuck("sms", notes))
    with pytest.raises(RuntimeError, match="stuck"):
        await ports.close()
    assert notes == ["email closed"]


async def test_a_replaced_port_takes_part(make_settings: MakeSettings):
    """`dataclasses.replace` gives the same ports but for the one; receipts go to the store that is
    then there."""
    ports = choose_ports(make_settings())
    other = choose_ports(make_settings()).store
    replaced = replace(ports, store=other)
    assert (replaced.store, replaced.register) == (other, ports.register)
    assert replaced.take_receipt.begin == other.begin
    await ports.close()
    await replaced.close()


def test_a_port_that_there_is_not(make_settings: MakeSettings):
    """A misspelt port is refused, not left unused."""
    with pytest.raises(TypeError, match="there is no port smss"):
        choose_ports(make_settings(), smss=object())
    with pytest.raises(AttributeError):
        _ = Ports(make_settings()).smss


async def test_a_command_asks_for_nothing_that_it_does_not_use(make_settings: MakeSettings):
    """A command about messages works where the provider's account is not set up."""
    application = compose_on_demand(make_settings(sms="vonage"))
    assert application.report_deliveries
    assert "sms" not in vars(application.ports)
    await application.stop()
