"""The routes of the settings: what differs on each, and where its secrets come from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import graphql_api.compose
from graphql_api.compose import choose_ports
from graphql_api.compose.routes import route_table
from graphql_api.settings import Settings, SettingsRefused

SECRET = "CANARY-of-one-route"


def routes(**options: object) -> dict[str, object]:
    return {
        "sms_routes": {
            "south": {"gateway": "kannel", "options": {"kannel_username": "south", **options}}
        }
    }


async def test_a_secret_of_a_route_is_read_with_the_settings(
    make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
):
    """R42: `{"env": ...}` is resolved when the settings are read, is never shown, and what the
    environment says later changes nothing."""
    monkeypatch.setenv("KANNEL_SOUTH_PASSWORD", SECRET)
    settings = make_settings(**routes(kannel_password={"env": "KANNEL_SOUTH_PASSWORD"}))
    monkeypatch.delenv("KANNEL_SOUTH_PASSWORD")
    assert SECRET not in repr(settings)
    ports = choose_ports(settings)
    assert ports.sms["south"]._settings.password == SECRET
    await ports.close()


async def test_a_name_may_come_from_the_environment(make_settings, monkeypatch):
    """Whatever a route says may stand in the environment, what is no secret, too."""
    monkeypatch.setenv("KANNEL_SOUTH_SMSC", "south-1")
    given = routes(kannel_password="x", kannel_smsc={"env": "KANNEL_SOUTH_SMSC"})
    ports = choose_ports(make_settings(**given))
    assert ports.sms["south"]._settings.smsc == "south-1"
    await ports.close()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"kannel_password": {"env": "REASSORT_IS_NOT_SET"}}, "also needs kannel_password"),
        ({"kannel_password": {"env": 5}}, "kannel_password: Input should be"),
        ({"kannel_colour": "blue"}, "there is no kannel_colour"),
    ],
)
def test_what_a_route_lacks_is_named(make_settings, options, reason):
    """A route that cannot be is refused by its name, with what is wrong."""
    with pytest.raises(SettingsRefused, match=rf"REASSORT_SMS_ROUTES \(south\): {reason}"):
        choose_ports(make_settings(**routes(**options)))


def test_the_composition_reads_no_environment():
    """What a deployment is told comes through its settings, where `doctor` sees it."""
    (folder,) = graphql_api.compose.__path__
    reading = [
        each.name for each in Path(folder).glob("*.py") if "environ" in each.read_text("utf-8")
    ]
    assert reading == []


def test_numbers_may_be_written_otherwise_on_a_route(make_settings):
    """R35: N5: `prefixes` reach the route table; what is no beginning of a number is refused."""
    given = routes(kannel_password="x")
    given["sms_routes"]["south"]["prefixes"] = {"+549": "+54"}
    assert route_table(make_settings(**given)).routes["south"].prefixes == {"+549": "+54"}
    for wrong in ({"549": "+54"}, {"+549": ""}, {"+549": "+0"}):
        given["sms_routes"]["south"]["prefixes"] = wrong
        with pytest.raises(SettingsRefused, match="prefixes"):
            make_settings(**given)
