"""R53: how soon somebody is told that SMS are lost, and of what nobody is told."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from adapters.email.renderer import AssistanceContact, EmailRenderer, EmailSettings
from core.delivery_figures import AlertRule

from .alarms import Hook, OnCall, alarmed
from .election import Election
from .model import HOUR, MINUTE
from .profiles import ARGENTINA_2022, GOOD_DAY


@pytest.mark.parametrize(("voters", "minutes"), [(1000, 80), (3000, 30), (10_000, 30)])
def test_somebody_is_told_of_argentina(voters: int, minutes: int) -> None:
    """R53: from the first SMS that was lost, at the beginning of renewals, when few ask: after 77
    minutes with 1,000 voters, 27 with 3,000, 25 with 10,000. It takes six SMS of one route that are
    lost, each five minutes after it was sent."""
    alarm = alarmed(ARGENTINA_2022, voters)
    assert alarm.after is not None
    assert alarm.after < minutes * MINUTE
    assert {each[:2] for each in alarm.told} <= {
        ("raised", "route_fell"),
        ("raised", "delivery_fell"),
    }


def test_where_many_ask_ten_minutes_are_enough() -> None:
    """R53: 600 voters of Argentina, who all ask within the last four hours before the vote opens:
    nine minutes after the first SMS that was lost."""
    rush = replace(ARGENTINA_2022.demand, at_the_end=1.0, end=4 * HOUR)
    alarm = alarmed(replace(ARGENTINA_2022, demand=rush), 600)
    assert alarm.after is not None
    assert alarm.after <= 10 * MINUTE


@pytest.mark.parametrize("seed", ["2022", "a"])
def test_nobody_is_told_of_a_good_day(seed: str) -> None:
    """R53: with one SMS in twenty lost, and with voters who are not reached."""
    alarm = alarmed(GOOD_DAY, 300, seed)
    assert alarm.told == []


def test_what_one_percent_of_doubt_would_bring() -> None:
    """R53: fewer SMS would do if chance were let in: sooner, and less surely."""
    bold = alarmed(ARGENTINA_2022, 3000, rule=AlertRule(doubt=0.01))
    sure = alarmed(ARGENTINA_2022, 3000)
    assert bold.after is not None
    assert sure.after is not None
    assert bold.after < sure.after
    assert bold.by < sure.by


def test_nothing_tells_of_a_voter() -> None:
    """R53, R42: no number, address or telephone of any voter in rows, e-mails and webhook calls."""
    election = Election(ARGENTINA_2022, 120)
    on_call, hook = OnCall(election), Hook()
    election.portal.alert(on_call, AlertRule(unreached_untold=0, sample=5), hook)
    rows: list[str] = []

    async def look() -> None:
        rows.extend(map(repr, map(tuple, election.portal.store.rows("SELECT * FROM alert"))))

    election.every_hour = look
    election.run_to_end()
    contact = AssistanceContact("assistance@example.org")
    link = "https://vote.example.org/renouveler#token={token}"
    settings = EmailSettings("vote@example.org", "Vote", link, "vote.example.org", contact)
    renderer = EmailRenderer(settings, election.clock)
    mails = [renderer.render(message) for _, message in on_call.read]
    texts = [text for each in mails for text in (each.subject, each.text, each.html)]
    texts += [*rows, *(json.dumps(each) for each in hook.taken)]
    assert len(mails) > 2
    assert len(hook.taken) > 2
    assert rows
    everything = "\n".join(texts)
    for elector in election.electors:
        voter = elector.voter
        assert voter.email is not None
        assert voter.phone is not None
        for word in (voter.numic.value, voter.email.value, voter.phone.value):
            assert word not in everything
