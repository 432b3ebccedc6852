"""R49: `reassort report`, as operators type it."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta

import pytest

from core.delivery import Delivery, DeliveryState
from core.locale import Locale
from core.messages import Acceptance, MessageKind
from core.recovery_request import State
from graphql_api.compose import compose

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def held(two_engines, monkeypatch, link_sent):
    """A round that opened two hours ago, in which 30 voters have confirmed; 3 had the SMS within
    the hour."""
    now = datetime.now(UTC)
    opened = (now - 2 * HOUR).replace(minute=0, second=0, microsecond=0)
    rounds = [{"id": "2027-1", "opens_at": str(opened), "closes_at": str(now + DAY)}]
    monkeypatch.setenv("REASSORT_VOTING_ROUNDS", json.dumps(rounds))

    async def fill():
        application = compose(two_engines)
        await application.open()
        for number in range(30):
            at = opened - HOUR
            known = {"round_voter": f"v{number}", "country": "AR", "round_id": "2027-1"}
            request = link_sent(f"r{number}", state=State.CONFIRMED, confirmed_at=at, **known)
            sms = Delivery.queued(MessageKind.PASSWORD, request.id, Locale.FR, at)
            taken = sms.accepted(Acceptance("north", f"{sms.id}.1"), at)
            async with application.ports.store.begin() as unit:
                await unit.requests.add(request)
                await unit.deliveries.add(taken)
            if number < 3:
                end = taken.ended(DeliveryState.DELIVERED, at + HOUR / 2, None)
                async with application.ports.store.begin() as unit:
                    await unit.deliveries.save(end, was=taken)
        await application.stop()

    asyncio.run(fill())
    return opened


def test_the_command(held, typed, tmp_path):
    """R49: the totals are printed, the page and the table written; on each engine."""
    html, table = tmp_path / "report.html", tmp_path / "report.csv"
    code, told = typed("report", "--round", "2027-1", "--html", html, "--csv", table)
    assert code == 0, told
    assert (
        f"{held:%Y-%m-%d %H:%M} UTC (opening): 30 voters had confirmed; 3 delivered (10.0%)" in told
    )
    assert "(10.0%), 0 lost, 27 waiting; known today: 10.0%" in told
    assert "Argentine" in html.read_text("utf-8")
    assert table.read_bytes().startswith("\ufeffsending;moment;axis".encode())
    assert re.search(r";country;AR;30;3;0;27;3;0;27\r\n", table.read_bytes().decode())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--round", "2022-1"], "the calendar names no round '2022-1': 2027-1"),
        (["--round", "2027-1", "--as-of", "noon"], "'noon' is no moment with its zone"),
        (["--round", "2027-1", "--as-of", "2027-06-05T12:00"], "no moment with its zone"),
        (["--round", "2027-1", "--as-of", "2999-01-01T00:00Z"], "is still to come"),
    ],
)
def test_what_the_command_refuses(held, typed, given, said):
    """R49: in a sentence, before anything is counted."""
    code, told = typed("report", *given)
    assert code == 2
    assert said in re.sub(r" │ │ ", " ", told)
