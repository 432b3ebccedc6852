"""What stands in for a process of the deployment: the environment that it is started in, a command
that is typed, and a clock that is off."""

from __future__ import annotations

import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.system import SystemClock
from core.keys import Keyring
from graphql_api.cli import main
from graphql_api.compose import ports, prepare_database
from graphql_api.settings import Settings, read_settings

Typed = Callable[..., tuple[int, str]]


def keys_text(keyring: Keyring) -> str:
    """A keyring, as `REASSORT_KEYS` has it."""
    encoded = ((key.id, urlsafe_b64encode(key.secret).decode()) for key in keyring.keys)
    return ",".join(f"{id}:{secret}" for id, secret in encoded)


class Shifted:
    """The port `Clock`: the machine's, off by so much."""

    off = timedelta(0)

    def now(self) -> datetime:
        return SystemClock().now() + self.off


@pytest.fixture
def shifted(monkeypatch: pytest.MonkeyPatch) -> Shifted:
    clock = Shifted()
    monkeypatch.setitem(ports._MAKERS, "clock", lambda _: clock)
    return clock


@pytest.fixture(params=["sqlite", "postgres"])
def two_engines(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    keyring: Keyring,
) -> Settings:
    """A deployment that the environment names, on either engine."""
    monkeypatch.setenv("REASSORT_KEYS", keys_text(keyring))
    monkeypatch.setenv("REASSORT_SMS", "inbox")
    monkeypatch.setenv("REASSORT_EMAIL", "inbox")
    monkeypatch.setenv("REASSORT_DATA_DIR", str(tmp_path))
    if request.param == "postgres":
        dsn = request.getfixturevalue("databases").create("template0")
        monkeypatch.setenv("DATABASE_URL", dsn)
    prepare_database(read_settings())
    return read_settings()


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Runs the command; its exit code and what it printed, in one line."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["reassort", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), " ".join((captured.out + captured.err).split())

    return run
