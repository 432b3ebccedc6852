"""The mail routes of the settings: what differs for each relay, and what is refused."""

from __future__ import annotations

import pytest

from core.errors import MessageDeferred
from core.messages import Acceptance
from graphql_api.compose import choose_ports
from graphql_api.compose.email import relays_of
from graphql_api.running.fitness import for_real_use
from graphql_api.settings import SettingsRefused

SECRET = "CANARY-of-one-relay"
TWO = {"own": {}, "other": {"options": {"smtp_host": "relay.example.net", "smtp_port": 25}}}


def by_relays(make_settings, routes=TWO, **given):
    return make_settings(email="smtp", mail_routes=routes, **given)


async def test_each_relay_has_its_own_settings(make_settings, monkeypatch):
    """R51, R42: options in place of the settings; secrets from the environment, never shown."""
    monkeypatch.setenv("OTHER_PASSWORD", SECRET)
    options = {"smtp_username": "u", "smtp_password": {"env": "OTHER_PASSWORD"}}
    settings = by_relays(make_settings, {"own": {}, "other": {"options": options}})
    assert SECRET not in repr(settings)
    ports = choose_ports(settings)
    own, other = (each._connections._settings for each in ports.email.values())
    assert list(ports.email) == ["own", "other"]
    assert (own.password, other.username, other.password) == (None, "u", SECRET)
    assert own.host == other.host
    await ports.close()


async def test_one_relay_is_as_it_was(make_settings):
    """R51: without a table there is one, under the name that it has in records of 0.2.0."""
    settings = make_settings(email="smtp")
    ports = choose_ports(settings)
    assert list(relays_of(settings, ports.email)) == ["smtp"]
    assert settings.mail_table.towards("aol.com") == ("smtp",)
    await ports.close()


def test_a_host_s_adapter_is_every_route_s(make_settings):
    """R51: who brings an adapter of one's own has it for whatever routes there are."""

    class Own:
        async def send(self, message):
            return Acceptance("own")

    own = Own()
    assert relays_of(by_relays(make_settings), own) == {"own": own, "other": own}


def test_the_order_by_domain(make_settings):
    """R51: as it is written, else as the table stands; and how long a relay may defer."""
    table = by_relays(make_settings).mail_table
    assert table.towards("aol.com") == ("own", "other")
    domains = {"aol.com": ["other", "own"]}
    table = by_relays(make_settings, mail_domains=domains, mail_deferred_for=5).mail_table
    assert table.towards("aol.com") == ("other", "own")
    assert table.towards("example.org") == ("own", "other")
    assert table.defers_for.total_seconds() == 5


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"mail_domains": {"*": ["third"]}}, "mail_domains names a relay"),
        ({"mail_domains": {"AOL": ["own"]}}, "is no domain"),
        ({"mail_domains": {"aol.com": []}}, "one at least"),
        ({"mail_domains": {"aol.com": ["own", "own"]}}, "twice"),
        ({"routes": {"own": {"options": {"email_sender": "a@example.org"}}}}, "email_sender"),
        ({"routes": {"own": {"gateway": "smtp"}}}, "mail_routes"),
        ({"mail_deferred_for": -1}, "mail_deferred_for"),
    ],
)
def test_what_cannot_be_is_refused_when_read(make_settings, given, reason):
    """R51: at start, with the setting's name."""
    with pytest.raises(SettingsRefused, match=f"(?is){reason}"):
        by_relays(make_settings, given.pop("routes", TWO), **given)


def test_a_wrong_option_is_named_with_its_relay(make_settings):
    """R51: which relay, and what of it."""
    settings = by_relays(make_settings, {"own": {"options": {"smtp_port": 0}}})
    with pytest.raises(SettingsRefused, match=r"REASSORT_MAIL_ROUTES \(own\): smtp_port"):
        choose_ports(settings)


async def test_the_inbox_is_every_route_s(make_settings):
    """R51: a demo with routes keeps all that goes out."""
    ports = choose_ports(make_settings(email="inbox", mail_routes={"a": {}, "b": {}}))
    assert list(ports.email) == ["a", "b"]
    await ports.close()


@pytest.mark.parametrize(
    ("code", "is_answer"), [("451 4.7.1 later", True), ("421 4.3.2 closing", False)]
)
def test_an_answer_about_one_email(code, is_answer):
    """R51: a relay that closes is ill, one that defers one e-mail is not."""
    import aiosmtplib

    from adapters.email.smtp_answers import failure

    number, _, text = code.partition(" ")
    error = aiosmtplib.SMTPRecipientRefused(int(number), text, "a@example.org")
    found = failure(error, "a@example.org")
    assert isinstance(found, MessageDeferred)
    assert found.is_answer is is_answer


@pytest.mark.parametrize(
    ("routes", "given", "are_read"),
    [
        pytest.param({}, {}, False, id="one relay without"),
        pytest.param({}, {"bounce_address": "b@example.org"}, True, id="one with"),
        pytest.param(TWO, {}, False, id="two without"),
        pytest.param(TWO, {"bounce_template": "r+{sending}@example.org"}, True, id="two with"),
        pytest.param(
            {"own": {"options": {"bounce_address": "b@example.org"}}, "other": {}},
            {},
            False,
            id="one of two",
        ),
        pytest.param(
            {"own": {}, "other": {"options": {"bounce_address": ""}}},
            {"bounce_address": "b@example.org"},
            False,
            id="taken from one of two",
        ),
    ],
)
def test_whether_bounces_come_to_us(make_settings, routes, given, are_read):
    """R51, R30: of several relays each. `doctor` warns: what comes back is not sent again."""
    settings = by_relays(make_settings, routes, **given)
    assert settings.bounces_read is are_read
    told = [each.text for each in for_real_use(settings) if each.subject == "e-mail"]
    assert bool(told) is (len(routes) > 1 and not are_read)
