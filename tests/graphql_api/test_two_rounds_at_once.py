"""Two constituencies vote at the same time, on each engine: each voter in one round."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest

from graphql_api.compose import load_register

ROUND = "{ votingRound { id isOpen } }"
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Elector:
    """A voter of the register below."""

    numic: str
    constituency: str
    identifier: str = "K7WPQ2M4XN9B"

    @property
    def email(self) -> str:
        return f"voter.{self.numic}@example.org"


TWO, THREE = Elector("00000002", "2"), Elector("00000003", "03")
FOUR, NOWHERE = Elector("00000004", "4"), Elector("00000005", "")
STRANGER = Elector("00000009", "2")
"""In no register."""


@pytest.fixture(params=["sqlite", "postgres"])
async def portal(request, open_portal, noon, tmp_path):
    """Constituency 2 votes until the day after tomorrow, constituency 3 for 40 minutes more."""
    opens_at = noon - timedelta(days=1)
    rounds = [
        {"id": "round-2", "closes_at": noon + timedelta(days=2), "constituencies": [2]},
        {"id": "round-3", "closes_at": noon + 40 * MINUTE, "constituencies": [3]},
    ]
    given = {"voting_rounds": [{**each, "opens_at": opens_at} for each in rounds]}
    if request.param == "postgres":
        given["database_url"] = request.getfixturevalue("databases").create("template0")
    portal = await open_portal(**given)
    lines = [
        f"{each.numic};{each.identifier};{each.email};+3363998000{each.numic[-1]};"
        f"{each.constituency}"
        for each in (TWO, THREE, FOUR, NOWHERE)
    ]
    source = tmp_path / "voters.csv"
    source.write_text("\n".join(["numic;identifiant;courriel;mobile;circonscription", *lines]))
    report, settings = tmp_path / "report.csv", portal.application.settings
    outcome = await asyncio.to_thread(load_register, settings, source, report, force=True)
    assert (outcome.accepted, outcome.without_constituency) == (4, 1)
    return portal


async def answer_to(portal, elector: Elector) -> tuple[int, bytes, dict[str, str]]:
    """Screen 3 to the byte, apart from the id of the call."""
    answer = await portal.request_over_http(numic=elector.numic, email=elector.email)
    headers = {name: text for name, text in answer.headers.items() if "correlation" not in name}
    return answer.status_code, answer.content, headers


async def test_screen_3_tells_nobody_whose_a_round_is(portal):
    """R23, R49, U1: the same bytes for a voter of each round, of none, without constituency, and
    for nobody; 40 minutes for all, because the first round to close closes then.
    E-mails tell, each to her own."""
    answers = [await answer_to(portal, each) for each in (TWO, THREE, FOUR, NOWHERE, STRANGER)]
    assert answers == [answers[0]] * 5
    assert b'"linkLifetime":40' in answers[0][1].replace(b" ", b"")
    await portal.work()
    told = {each["to"]: each["subject"] for each in portal.emails}
    link = "Votre lien pour renouveler votre mot de passe de vote"
    closed = "Le renouvellement des mots de passe de vote est fermé"
    assert told == {
        TWO.email: link, THREE.email: link, FOUR.email: closed, NOWHERE.email: closed,
    }  # fmt: skip


async def test_each_voter_renews_in_her_own_round(portal, clock):
    """R12, R49: passwords of both; when the one round is over its link says so, and the other's
    voters go on."""
    for elector in (TWO, THREE):
        assert await portal.works(await portal.renew(elector), elector)
    clock.advance(5 * MINUTE)
    of_two, of_three = [await portal.token(each) for each in (TWO, THREE)]
    assert (await portal.ask(ROUND)) == {"id": "round-3", "isOpen": True}
    clock.advance(35 * MINUTE)
    assert (await portal.link(of_three))["code"] == "RENEWAL_CLOSED"
    late = await portal.confirm(of_three, THREE.identifier)
    assert (late["__typename"], late["code"]) == ("RenewalClosed", "RENEWAL_CLOSED")
    assert (await portal.link(of_two))["usable"]
    renewed = await portal.confirm(of_two, TWO.identifier)
    assert renewed["__typename"] == "PasswordRenewed"
    assert (await portal.ask(ROUND)) == {"id": "round-2", "isOpen": True}
    assert (await portal.request(numic=TWO.numic, email=TWO.email))["linkLifetime"] == 60


@pytest.mark.parametrize("elector", [FOUR, NOWHERE], ids=["constituency 4", "no constituency"])
async def test_for_others_renewal_is_closed(portal, elector):
    """R49: the request is dismissed as one after the vote is, and kept for both rounds."""
    await answer_to(portal, elector)
    await portal.work()
    async with portal.application.ports.store.read() as unit:
        query = "SELECT state, reason, round_id, rounds FROM recovery_request"
        rows = [tuple(each) for each in await unit.sql.fetch(query)]
    assert rows == [("dismissed", "round_closed", None, "round-2\nround-3")]
