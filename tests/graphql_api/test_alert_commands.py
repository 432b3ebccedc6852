"""R53: `reassort alerts`: what there is, and what somebody does about it, on each engine."""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta

import pytest

from core.alert import Alert, AlertAxis, AlertKind, AlertPlace
from graphql_api.cli import main
from graphql_api.compose import compose_on_demand
from graphql_api.running.doctor import examine
from graphql_api.settings import read_settings


@pytest.fixture
def settings(two_engines, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "jeanne")
    return two_engines


@pytest.fixture
def run(settings, monkeypatch, capsys):
    """Runs the command; its exit code and what it printed."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["reassort", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, captured.err

    return run


@pytest.fixture
def raised(settings):
    """One of a country, raised just now."""

    async def add():
        application = compose_on_demand(settings)
        await application.open()
        now = application.ports.clock.now() - timedelta(minutes=1)
        place = AlertPlace(AlertKind.DELIVERY_FELL, AlertAxis.COUNTRY, "AR")
        alert = Alert("a1", place, {"delivered": 3, "ended": 20}, now, now, now, times=2)
        async with application.ports.store.begin() as unit:
            await unit.alerts.add(alert)
        await application.stop()

    asyncio.run(add())


def test_none(run):
    assert run("alerts", "list") == (0, "There is no alert.\n", "")


def test_from_raised_to_over(run, raised):
    """R53, R42: with the name of whoever is at the machine."""
    _, out, _ = run("alerts", "list")
    assert out.startswith("a1 raised: Too few messages arrive (country AR).\n  since ")
    assert "opened 2 times: delivered 3, ended 20\n" in out
    assert "help: docs/how-to/the-last-evening.md" in out
    said = run("alerts", "acknowledge", "a1", "--note", "the [provider] is told")
    assert said[:2] == (0, "Acknowledged.\n")
    _, out, _ = run("alerts", "list")
    assert "by jeanne\n  note: the [provider] is told" in out
    assert run("alerts", "resolve", "a1", "--by", "paul")[:2] == (0, "Resolved.\n")
    assert run("alerts", "list")[1] == "There is no alert.\n"
    assert "by paul" in run("alerts", "list", "--all")[1]
    out = run("interventions")[1]
    assert "paul: alert_resolved delivery_fell AR a1" in out
    assert "jeanne: alert_acknowledged delivery_fell AR a1" in out


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
def test_what_is_not_there_or_over(run, raised, verb):
    """R53: a sentence, and the exit code of what could not be done."""
    code, _, err = run("alerts", verb, "a9")
    assert (code, "there is no such alert" in err) == (1, True)
    run("alerts", "resolve", "a1")
    code, _, err = run("alerts", verb, "a1")
    assert (code, "this alert is over" in err) == (1, True)
    code, _, err = run("alerts", verb, "a1", "--note", "x" * 201)
    assert code != 0


def findings(settings):
    found = [each for each in examine(settings) if each.subject == "alerts"]
    return [f"{each.verdict}: {each.text}" for each in found]


def test_doctor_says_whether_anybody_is_told(settings, monkeypatch):
    """R53: a deployment whose alerts reach nobody is not fit for a vote."""
    nobody = "warning: nobody is told: set REASSORT_ALERT_EMAIL, or REASSORT_ALERT_WEBHOOK_URL"
    assert findings(settings) == [nobody]
    monkeypatch.setenv("REASSORT_ALERT_EMAIL", "astreinte@example.org")
    assert findings(read_settings()) == ["good: told to: first"]


def test_doctor_names_what_nobody_has_acknowledged(settings, raised, run):
    """R53: until somebody has."""
    said = "warning: Too few messages arrive (country AR). `reassort alerts acknowledge a1`"
    assert findings(settings)[1:] == [said]
    run("alerts", "acknowledge", "a1")
    assert findings(settings)[1:] == []
