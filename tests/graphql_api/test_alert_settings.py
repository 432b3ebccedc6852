"""R53: whom alerts reach, as it is set; what cannot be used is refused by name."""

from __future__ import annotations

import base64

import pytest

from core.alert_notice import Recipient
from graphql_api.compose.alerts import recipients_of
from graphql_api.settings import SettingsRefused, read_settings, read_webhook_secrets

SECRET = "whsec_" + base64.b64encode(b"x" * 24).decode()
URL = "https://oncall.example.org/alerts"


@pytest.mark.parametrize(
    "secret",
    [
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsec_not base64 at all; though long enough",
    ],
)
def test_a_secret_that_is_none(secret):
    """R53: refused without being repeated."""
    with pytest.raises(ValueError, match="whsec_") as refused:
        read_webhook_secrets(secret)
    assert not secret.removeprefix("whsec_") or secret not in str(refused.value)


def test_several_secrets_newest_first():
    """R53: while one is replaced."""
    other = "whsec_" + base64.b64encode(b"y" * 64).decode()
    assert read_webhook_secrets(f"{SECRET}, {other},") == (b"x" * 24, b"y" * 64)


@pytest.fixture
def given(monkeypatch, tmp_path, keyring):
    """Reads the settings of an environment with these alone."""
    from tests.graphql_api.conftest import keys_text

    def read(**variables):
        fixed = {"KEYS": keys_text(keyring), "SMS": "inbox", "DATA_DIR": str(tmp_path)}
        for name, value in (fixed | variables).items():
            monkeypatch.setenv(f"REASSORT_{name}", value)
        return read_settings()

    return read


def test_nobody_is_told_unless_someone_is_named(given):
    assert recipients_of(given()) == frozenset()


def test_who_is_told(given):
    settings = given(
        ALERT_EMAIL="astreinte@example.org",
        ALERT_SECOND_EMAIL="cadre@example.org",
        ALERT_WEBHOOK_URL=URL,
        ALERT_WEBHOOK_SECRETS=SECRET,
    )
    assert recipients_of(settings) == frozenset(Recipient)
    assert settings.missing() == []
    assert SECRET not in repr(settings)


def test_a_webhook_without_a_secret_is_refused(given):
    """R53: by the variable's name."""
    assert "REASSORT_ALERT_WEBHOOK_SECRETS" in given(ALERT_WEBHOOK_URL=URL).missing()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALERT_EMAIL", "nobody"),
        ("ALERT_SECOND_EMAIL", "nobody"),
        ("ALERT_WEBHOOK_URL", "http://oncall.example.org/"),
        ("ALERT_WEBHOOK_SECRETS", "whsec_short"),
        ("ALERT_REPEAT", "0"),
        ("ALERT_CALM", "-1"),
    ],
)
def test_what_cannot_be_used_is_named(given, name, value):
    """R37: and its value is not repeated."""
    with pytest.raises(SettingsRefused, match=name) as refused:
        given(**{name: value})
    assert len(value) < 4 or value not in str(refused.value)
