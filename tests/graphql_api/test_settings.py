"""Settings: each described, wrong ones named with their reason and never with their value."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.email.inbox import InboxEmail
from adapters.email.smtp import SmtpEmail
from adapters.jobs.settings import SHARE_OF_LEASE
from adapters.register.rest import RestRegister
from adapters.register.sqlite import SqliteRegister
from adapters.sms.inbox import InboxSms
from adapters.sms.kannel import KannelSms
from adapters.sms.ovh import OvhSms
from core.electorate import EVERYBODY, Electorate
from core.policy import STANDARD, STRICT, TRIAL
from graphql_api.compose import choose_ports, compose
from graphql_api.settings import Settings, SettingsRefused, deployment, read_keys, read_settings
from tests.rehearsal import TrialMessages

SECRET = urlsafe_b64encode(b"0123456789abcdef0123456789abcdef").decode()
KEYS = f"2027:{SECRET}"
ROUND = {"id": "a", "opens_at": "2027-06-01T00:00:00Z", "closes_at": "2027-06-08T00:00:00Z"}


@pytest.fixture
def minimal(monkeypatch):
    """The least that a deployment has to say."""
    monkeypatch.setenv("REASSORT_KEYS", KEYS)
    monkeypatch.setenv("REASSORT_KANNEL_USERNAME", "reassort")
    monkeypatch.setenv("REASSORT_KANNEL_PASSWORD", "CANARY")
    return monkeypatch


def refused():
    with pytest.raises(SettingsRefused) as caught:
        read_settings()
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_each_setting_is_described():
    """The settings page is made from the descriptions: none is missing."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_defaults(minimal):
    """With nothing but keys and an SMS gateway's account the settings are those of real use."""
    settings = read_settings()
    assert settings.renewal_policy is STANDARD
    assert settings.dev_inbox is False
    assert (settings.email, settings.sms, settings.smtp_security) == ("smtp", "kannel", "starttls")
    assert settings.network_limit == "30/minute"
    assert settings.calendar.rounds == ()
    assert settings.database == Path("reassort-data/recovery.sqlite3")
    assert settings.register_file == Path("reassort-data/register.sqlite3")
    assert settings.credentials_file == Path("reassort-data/credentials.sqlite3")


def test_keys_are_needed(minimal):
    """Without keys nothing runs, and the setting is named."""
    minimal.delenv("REASSORT_KEYS")
    assert refused() == "REASSORT_KEYS: needed: make a key with `reassort new-key`"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("REASSORT_KEYS", "2027:CANARY", "write `id:secret`"),
        ("REASSORT_KEYS", "CANARY", "write `id:secret`"),
        ("REASSORT_KEYS", f"2027:{SECRET},2027:{SECRET}", "ids that differ"),
        ("REASSORT_KEYS", f":{SECRET}", "write `id:secret`"),
        ("REASSORT_VOTING_ROUNDS", "CANARY", "this is not JSON"),
        ("REASSORT_VOTING_ROUNDS", '[{"id": "CANARY"}]', "(0.opens_at): Field required"),
        ("REASSORT_VOTING_ROUNDS", json.dumps([{**ROUND, "CANARX": 1}]), "not permitted"),
        ("REASSORT_VOTING_ROUNDS", json.dumps([ROUND, ROUND]), "overlap"),
        (
            "REASSORT_VOTING_ROUNDS",
            json.dumps([{**ROUND, "opens_at": "2027-06-01T00:00:00"}]),
            "need a time zone",
        ),
        (
            "REASSORT_VOTING_ROUNDS",
            json.dumps([{**ROUND, "closes_at": "2027-05-01T00:00:00Z"}]),
            "closes before it opens",
        ),
        (
            "REASSORT_VOTING_ROUNDS",
            json.dumps([{**ROUND, "constituencies": []}]),
            "(0.constituencies): Tuple should have at least 1 item",
        ),
        (
            "REASSORT_VOTING_ROUNDS",
            json.dumps([ROUND, {**ROUND, "id": "CANARY", "constituencies": "2"}]),
            "(1.constituencies): Input should be a valid tuple",
        ),
        (
            "REASSORT_VOTING_ROUNDS",
            json.dumps([{**ROUND, "posts": ["Lima", " "]}]),
            "(0.posts.1): a name is empty",
        ),
        (
            "REASSORT_VOTING_ROUNDS",
            json.dumps([{**ROUND, "posts": ["CANARY" * 11]}]),
            "(0.posts.0): String should have at most 64 characters",
        ),
        ("REASSORT_POLICY", "CANARY", "'standard', 'strict' or 'trial'"),
        ("DATABASE_URL", "mysql://user:CANARY@db/x", "postgresql://user@host/database"),
        ("DATABASE_URL", "sqlite:///", "sqlite:///path"),
        ("DATABASE_URL", "postgresql:///r?target_session_attrs=standby", "takes no writes"),
        ("DATABASE_URL", "postgresql:///r?a=b&target_session_attrs=prefer-standby", "takes no"),
        ("REASSORT_DATABASE_CONNECTIONS", "0", "greater than or equal to 1"),
        ("REASSORT_DATABASE_LOCK_TIMEOUT", "0", "greater than 0"),
        ("REASSORT_STORE_LOCK_TIMEOUT", "0", "greater than 0"),
        ("REASSORT_REGISTER", "CANARY", "'postgresql-view', 'rest' or 'ldap'"),
        ("REASSORT_REGISTER", "postgres", "wants a PostgreSQL database in DATABASE_URL"),
        ("REASSORT_REGISTER_VIEW_URL", "mysql://CANARY", "write `postgresql://user@host/database`"),
        ("REASSORT_REGISTER_VIEW", "voters; CANARY", "should match pattern"),
        ("REASSORT_REGISTER_VIEW_CONSTITUENCY", "circo; CANARY", "should match pattern"),
        ("REASSORT_REGISTER_VIEW_POST", "poste; CANARY", "should match pattern"),
        ("REASSORT_REGISTER_VIEW_HASH_KEY", "CANARY", "32 bytes or more in hexadecimal"),
        ("REASSORT_REGISTER_LDAP_NUMIC_FILTER", "(uid=CANARY)", "holds `{number}` once"),
        ("REASSORT_REGISTER_LDAP_PHONES", "CANARY", "this is not JSON"),
        ("REASSORT_REGISTER_CIRCUIT_FAILURES", "0", "greater than or equal to 1"),
        ("REASSORT_CREDENTIALS", "CANARY", "'http', 'keycloak' or 'ldap'"),
        ("REASSORT_CREDENTIALS", "postgres", "wants a PostgreSQL database in DATABASE_URL"),
        ("REASSORT_CREDENTIALS_HTTP_KEY", "CANARY", "write `id:secret`"),
        ("REASSORT_CREDENTIALS_HTTP_KEY", "2027:" + "ab" * 31, "32 bytes or more"),
        ("REASSORT_CREDENTIALS_LDAP_CONNECTIONS", "0", "greater than or equal to 1"),
        ("REASSORT_KEYCLOAK_LEASE_SECONDS", "0", "greater than or equal to 1"),
        ("REASSORT_SECURITY_CODE", "CANARY", "'digits'"),
        ("REASSORT_EMAIL", "CANARY", "'smtp' or 'inbox'"),
        ("REASSORT_SMTP_PORT", "CANARY", "valid integer"),
        ("REASSORT_SMTP_PORT", "70000", "less than or equal to 65535"),
        ("REASSORT_SMS", "CANARY", "'kannel', 'ovh', 'vonage', 'smpp' or 'inbox'"),
        ("REASSORT_SMS_SENDERS_BY_PREFIX", "CANARY", "this is not JSON"),
        ("REASSORT_NETWORK_LIMIT", "CANARY", "write a rate such as"),
        ("REASSORT_NETWORK_LIMIT", "5/century", "write a rate such as"),
        ("REASSORT_LONGEST_BODY", "5", "greater than or equal to 1024"),
        ("REASSORT_CONNECTIONS", "0", "greater than or equal to 1"),
        ("REASSORT_DEV_INBOX", "CANARY", "valid boolean"),
        ("REASSORT_TRUSTED_PROXIES", "10.0.0.1,CANARY", "write addresses or networks"),
        ("REASSORT_TRUSTED_PROXIES", "10.0.0.0/33", "write addresses or networks"),
        ("REASSORT_TRUSTED_PROXIES", "10.0.0.1/8", "write addresses or networks"),
        ("REASSORT_TRUSTED_PROXIES", "*", "write addresses or networks"),
        ("REASSORT_EMAIL_SENDER", "CANARY", "not an e-mail address"),
        ("REASSORT_ASSISTANCE_EMAIL", "CANARY@", "not an e-mail address"),
        ("REASSORT_BOUNCE_ADDRESS", "a@CANARY@b.org", "not an e-mail address"),
        ("REASSORT_BOUNCE_TEMPLATE", "CANARY@example.org", "`{sending}` once, before the `@`"),
        ("REASSORT_BOUNCE_TEMPLATE", "CANARY {sending}@example.org", "not an e-mail address"),
        ("REASSORT_SMS_SENDER", "CANARY-12345", "at most 11 letters and digits"),
        ("REASSORT_SMS_SENDER", "CANARY123456", "at most 11 letters and digits"),
        ("REASSORT_SMS_SENDER", "+33 6 39", "at most 11 letters and digits"),
        ("REASSORT_LINK_TEMPLATE", "https://CANARY.org/", "`{token}` once, after the `#`"),
        ("REASSORT_LINK_TEMPLATE", "https://CANARY.org/?t={token}", "after the `#`"),
        ("REASSORT_LINK_TEMPLATE", "https://CANARY.org/{token}#{token}", "after the `#`"),
        ("REASSORT_LINK_TEMPLATE", "https://CANARY.org/#{token}{token}", "after the `#`"),
        ("REASSORT_LOG_LEVEL", "CANARY", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
    ],
)
def test_wrong_settings_are_named(minimal, name, value, reason):
    """ASVS 13.1: a wrong setting is named with its reason, and its value is not repeated."""
    minimal.setenv(name, value)
    text = refused()
    assert reason in text
    assert name in text
    assert "CANARY" not in text
    assert SECRET not in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REASSORT_TRUSTED_PROXIES", "127.0.0.1, ::1,10.0.0.0/8,2001:db8::/32"),
        ("REASSORT_TRUSTED_PROXIES", ""),
        ("REASSORT_EMAIL_SENDER", "ne-pas-repondre@vote.example.org"),
        ("REASSORT_BOUNCE_ADDRESS", ""),
        ("REASSORT_BOUNCE_TEMPLATE", "r+{sending}@vote.example.org"),
        ("REASSORT_SMS_SENDER", "ElectionsFR"),
        ("REASSORT_SMS_SENDER", "+33639980000"),
        ("REASSORT_SMS_SENDER", "38080"),
        ("REASSORT_LINK_TEMPLATE", "https://vote.example.org/r?l=fr#a=b&token={token}&c=d"),
    ],
)
def test_right_settings_are_taken(minimal, name, value):
    """What is checked by its look is taken in each of its looks."""
    minimal.setenv(name, value)
    read_settings()


def test_names_that_are_no_settings(minimal):
    """Typing errors are found by their prefix; every name of a setting is known, and so are those
    that are none of ours."""
    minimal.setenv("REASSORT_KEY", "CANARY")
    minimal.setenv("reassort_policy", "strict")
    minimal.setenv("OTHER", "x")
    minimal.setenv("REASSORT_SECURITY_CODE", "")
    minimal.setenv("REASSORT_REGISTER", "sqlite")
    assert read_settings().unknown_names() == ["REASSORT_KEY"]


def test_names_of_fields_that_are_no_variables(minimal):
    """A field whose variable has another name has no second one: what has no effect is told."""
    wrong = ["REASSORT_DATABASE_URL", "REASSORT_REGISTER_KIND", "REASSORT_SECURITY_CODE_KIND"]
    for name in wrong:
        minimal.setenv(name, "CANARY")
    settings = read_settings()
    assert settings.unknown_names() == wrong
    assert (settings.register_choice, settings.database_url.get_secret_value()) == ("sqlite", "")


@pytest.mark.parametrize(
    ("name", "value", "missing"),
    [
        ("REASSORT_KANNEL_USERNAME", "", ["REASSORT_KANNEL_USERNAME"]),
        ("REASSORT_KANNEL_PASSWORD", "", ["REASSORT_KANNEL_PASSWORD"]),
        (
            "REASSORT_SMS",
            "ovh",
            [
                "REASSORT_OVH_SERVICE",
                "REASSORT_OVH_APPLICATION_KEY",
                "REASSORT_OVH_APPLICATION_SECRET",
                "REASSORT_OVH_CONSUMER_KEY",
            ],
        ),
    ],
)
def test_what_a_chosen_adapter_needs(minimal, tmp_path, name, value, missing):
    """What a chosen adapter cannot do without is named, all of it, before anything is opened."""
    minimal.setenv("REASSORT_DATA_DIR", str(tmp_path / "data"))
    minimal.setenv(name, value)
    with pytest.raises(SettingsRefused) as caught:
        choose_ports(read_settings())
    assert str(caught.value) == f"also needed by what was chosen: {', '.join(missing)}"
    assert not (tmp_path / "data").exists()


async def test_a_given_adapter_needs_no_settings(minimal, tmp_path):
    """A host that brings its own adapter need not set up the one that it replaces."""
    minimal.setenv("REASSORT_DATA_DIR", str(tmp_path))
    minimal.setenv("REASSORT_KANNEL_USERNAME", "")
    sms = TrialMessages()
    ports = choose_ports(read_settings(), sms=sms)
    assert ports.sms == {"kannel": sms}
    await ports.close()


@pytest.mark.parametrize(
    ("environment", "kinds"),
    [
        ({}, (SqliteRegister, SmtpEmail, KannelSms)),
        (
            {
                "REASSORT_REGISTER": "rest",
                "REASSORT_REGISTER_URL": "https://register.example.org",
                "REASSORT_REGISTER_TOKEN": "x",
                "REASSORT_SMS": "ovh",
                "REASSORT_OVH_SERVICE": "sms-ab12345-1",
                "REASSORT_OVH_APPLICATION_KEY": "x",
                "REASSORT_OVH_APPLICATION_SECRET": "x",
                "REASSORT_OVH_CONSUMER_KEY": "x",
            },
            (RestRegister, SmtpEmail, OvhSms),
        ),
        (
            {"REASSORT_EMAIL": "inbox", "REASSORT_SMS": "inbox"},
            (SqliteRegister, InboxEmail, InboxSms),
        ),
    ],
)
async def test_settings_choose_the_adapters(minimal, tmp_path, environment, kinds):
    """Register, e-mail and SMS are what the settings name; the rest needs no choice."""
    minimal.setenv("REASSORT_DATA_DIR", str(tmp_path))
    for name, value in environment.items():
        minimal.setenv(name, value)
    application = compose(read_settings())
    ports = application.ports
    (sms,) = ports.sms.values()
    assert (type(ports.register), type(ports.email), type(sms)) == kinds
    assert application.gateway.policy is STANDARD
    await application.stop()


def test_all_wrong_settings_at_once(minimal):
    """Every wrong setting has a line of its own."""
    minimal.setenv("REASSORT_POLICY", "x")
    minimal.setenv("REASSORT_SMTP_PORT", "x")
    assert [line.partition(":")[0] for line in refused().splitlines()] == [
        "REASSORT_POLICY",
        "REASSORT_SMTP_PORT",
    ]


def test_key_order(minimal):
    """R14: keys are written newest first; the newest signs, and each is understood."""
    other = urlsafe_b64encode(b"x" * 40).decode().rstrip("=")
    ring = read_keys(f" 2028:{other} , {KEYS}")
    assert [key.id for key in ring.keys] == ["2028", "2027"]
    assert ring.newest == "2028"
    assert ring.keys[0].secret == b"x" * 40
    minimal.setenv("REASSORT_KEYS", f"2028:{other},{KEYS}")
    assert read_settings().keyring == ring


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///relative/path.db", Path("relative/path.db")),
        ("sqlite:////absolute/path.db", Path("/absolute/path.db")),
    ],
)
def test_database_url(minimal, url, path):
    """`DATABASE_URL` says where the recovery store is, and has no prefix."""
    minimal.setenv("DATABASE_URL", url)
    minimal.setenv("REASSORT_DATA_DIR", "elsewhere")
    settings = read_settings()
    assert (settings.database, settings.engine) == (path, "sqlite")


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ({"SMTP_DEADLINE": "55"}, "within nine tenths of REASSORT_JOB_LEASE"),
        ({"JOB_LEASE": "30"}, "one step may take at most half of a whole e-mail"),
        ({"SMTP_TIMEOUT": "23"}, "one step may take at most half of a whole e-mail"),
        ({"SMTP_DEADLINE": "54"}, ""),
        ({"JOB_LEASE": "30", "SMTP_TIMEOUT": "10"}, ""),
        ({"JOB_LEASE": "1", "EMAIL": "inbox"}, ""),
    ],
)
def test_times_that_contradict_each_other(minimal, times, reason):
    """R29: F-7: an e-mail that could outlast its lease would go out twice: refused at start."""
    for name, value in times.items():
        minimal.setenv(f"REASSORT_{name}", value)
    if reason:
        assert reason in refused()
    else:
        assert read_settings().job_lease >= 1


def test_the_share_of_a_lease_is_one_figure():
    """F-7: what the settings are checked against is what the worker does."""
    assert deployment.SHARE_OF_LEASE == SHARE_OF_LEASE


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
def test_postgresql_is_for_all_that_is_kept(minimal, scheme):
    """With PostgreSQL, register and credentials are there, too, unless something else is chosen."""
    minimal.setenv("DATABASE_URL", f"{scheme}://reassort:CANARY@db.example.org/vote")
    settings = read_settings()
    assert settings.engine == settings.register_choice == settings.credentials_choice == "postgres"
    assert "CANARY" not in repr(settings)
    minimal.setenv("REASSORT_REGISTER", "sqlite")
    minimal.setenv("REASSORT_CREDENTIALS", "sqlite")
    settings = read_settings()
    assert settings.register_choice == settings.credentials_choice == "sqlite"
    assert settings.database.name == "recovery.sqlite3"


@pytest.mark.parametrize(
    ("name", "policy"), [("standard", STANDARD), ("strict", STRICT), ("trial", TRIAL)]
)
def test_policies(minimal, name, policy):
    """The named sets of lifetimes and quotas are those of the domain."""
    minimal.setenv("REASSORT_POLICY", name)
    assert read_settings().renewal_policy is policy
    minimal.setenv("REASSORT_RENEWALS_PER_DAY", "2")
    assert read_settings().renewal_policy == replace(policy, renewals_per_day=2)
    minimal.setenv("REASSORT_RENEWALS_PER_ROUND", "1")
    with pytest.raises(SettingsRefused, match="renewals_per_round is out of bounds"):
        read_settings()


def test_electorates(minimal):
    """R49: numbers are names as well; rounds at once are refused when they contend for voters."""
    rounds = [{**ROUND, "constituencies": [2, "3"]}, {**ROUND, "id": "b", "constituencies": [4]}]
    minimal.setenv("REASSORT_VOTING_ROUNDS", json.dumps([*rounds, {**ROUND, "id": "c"}]))
    electorates = {each.id: each.electorate for each in read_settings().calendar.rounds}
    assert electorates == {
        "a": Electorate.of(["2", "3"]),
        "b": Electorate.of(["4"]),
        "c": EVERYBODY,
    }
    rounds[1]["constituencies"] = ["04", 3]
    minimal.setenv("REASSORT_VOTING_ROUNDS", json.dumps(rounds))
    assert refused() == (
        "REASSORT_VOTING_ROUNDS: voting rounds a and b overlap: let their electorates have no "
        "voter in common, or one be a part of the other"
    )


def test_calendar(minimal):
    """R12: the rounds are read with their time zones, in any order."""
    later = {"id": "b", "opens_at": "2027-06-12T00:00:00+02:00", "closes_at": "2027-06-19T00:00Z"}
    minimal.setenv("REASSORT_VOTING_ROUNDS", json.dumps([later, ROUND]))
    assert [each.id for each in read_settings().calendar.rounds] == ["a", "b"]


def test_secrets_are_never_shown(minimal):
    """R20: no secret stands in the settings' repr, text or dump."""
    secrets = {
        "REASSORT_SMTP_PASSWORD": "CANARY1",
        "REASSORT_KANNEL_PASSWORD": "CANARY2",
        "REASSORT_OVH_APPLICATION_SECRET": "CANARY3",
        "REASSORT_OVH_CONSUMER_KEY": "CANARY4",
        "REASSORT_REGISTER_TOKEN": "CANARY5",
        "REASSORT_LDAP_BIND_PASSWORD": "CANARY6",
        "REASSORT_CREDENTIALS_LDAP_BIND_PASSWORD": "CANARY7",
        "REASSORT_CREDENTIALS_HTTP_KEY": "CANARY8:" + "ab" * 32,
        "REASSORT_KEYCLOAK_CLIENT_SECRET": "CANARY9",
        "REASSORT_REGISTER_VIEW_URL": "postgresql://reader:CANARY@db.example.org/voters",
    }
    for name, value in secrets.items():
        minimal.setenv(name, value)
    settings = read_settings()
    for text in (repr(settings), str(settings), settings.model_dump_json(), repr(settings.keyring)):
        assert "CANARY" not in text
        assert SECRET not in text
    assert settings.kannel_password.get_secret_value() == "CANARY2"


def test_frozen(minimal):
    """A process keeps the settings with which it began."""
    with pytest.raises(ValueError, match="frozen"):
        read_settings().policy = "trial"


@pytest.mark.parametrize(
    ("variable", "value", "field"),
    [
        ("reassort_log_level", "DEBUG", "log_level"),
        ("REASSORT_REGISTER", "rest", "register_kind"),
        ("DATABASE_URL", "sqlite:///a.sqlite3", "database_url"),
    ],
)
def test_one_variable_is_found(monkeypatch, variable, value, field):
    """The environment is read when it names any setting, in letters of either kind."""
    assert field not in read_settings(keys=KEYS, sms="inbox").model_fields_set
    monkeypatch.setenv(variable, value)
    assert field in read_settings(keys=KEYS, sms="inbox").model_fields_set


def test_empty_values_are_none(minimal):
    """A variable that is set to nothing counts as not set."""
    minimal.setenv("REASSORT_SMTP_PORT", "")
    minimal.setenv("DATABASE_URL", "")
    assert read_settings().smtp_port == 587
