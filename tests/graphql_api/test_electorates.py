"""`reassort doctor` says whose the voting rounds are (R49)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.census import Places
from core.electorate import EVERYBODY, Electorate
from core.voting_round import Calendar, VotingRound
from graphql_api.compose import load_register, prepare_database
from graphql_api.running.doctor import Grade, examine
from graphql_api.running.electorates import told

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PLACES: Places = {("2", None): 1200, ("3", "Lima"): 30, (None, None): 4}


def findings(*electorates: Electorate) -> list[tuple[Grade, str]]:
    rounds = [
        VotingRound(f"round-{number}", NOW, NOW + DAY, each)
        for number, each in enumerate(electorates, 1)
    ]
    return [(each.verdict, each.text) for each in told(Calendar.of(rounds), PLACES, NOW)]


def test_rounds_that_are_apart():
    """Each with its voters; those without constituency are a warning."""
    assert findings(Electorate.of(["2"]), Electorate.of(["3"])) == [
        (Grade.GOOD, "round-1: 1,200 voters, round-2: 30 voters; in no round: 4"),
        (
            Grade.WARNING,
            "4 of 1,234 voters have no constituency: rounds that are held for certain ones are "
            "closed for them",
        ),
    ]


def test_voters_in_two_rounds():
    """A warning, with the round that decides."""
    found = findings(EVERYBODY, Electorate.of(["3"]), Electorate.of(posts=["Lima"]))
    assert [text for grade, text in found if grade is Grade.WARNING][:3] == [
        "30 voters are in round-2 and round-1 at once: round-2 decides",
        "30 voters are in round-3 and round-1 at once: round-3 decides",
        "30 voters are in round-3 and round-2 at once: round-3 decides",
    ]
    assert "1,204 of 1,234 voters have no post" in found[-1][1]


def test_a_round_of_nobody():
    """Most likely a name that is written otherwise in the register: so that is told."""
    (grade, text) = findings(Electorate.of(["2e circonscription"]))[1]
    assert grade is Grade.BAD
    assert text == (
        "nobody in the register is of the round round-1: are its constituencies and posts named as "
        "there? The register has 2, 3, Lima"
    )
    many: Places = {(f"c{number:02}", None): 1 for number in range(12)}
    calendar = Calendar.of([VotingRound("a", NOW, NOW + DAY, Electorate.of(["x"]))])
    assert [each.text for each in told(calendar, many, NOW)][1].endswith("c09 and 2 more")
    nobody = [each.text for each in told(calendar, {(None, None): 1}, NOW)]
    assert nobody[1].endswith("The register has none")


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_doctor_counts_the_voters_of_the_register(make_settings, request, tmp_path, engine):
    """On each engine; nothing is said where every round is for everybody."""
    now = datetime.now(UTC)
    round_ = {"id": "two", "opens_at": now - DAY, "closes_at": now + DAY}
    given = {"voting_rounds": [{**round_, "constituencies": ["2"]}]}
    if engine == "postgres":
        given["database_url"] = request.getfixturevalue("databases").create("template0")
    settings = make_settings(**given)
    settings.data_dir.mkdir(exist_ok=True)
    prepare_database(settings)
    source = tmp_path / "voters.csv"
    source.write_text(
        "numic;identifier;email;phone;circonscription\n"
        "1;K7WPQ2M4XN9B;a@example.org;;02\n2;K7WPQ2M4XN9B;b@example.org;;\n"
    )
    load_register(settings, source, tmp_path / "report.csv")
    found = [
        (each.verdict, each.text) for each in examine(settings) if each.subject == "electorates"
    ]
    assert found == [
        (Grade.GOOD, "two: 1 voters; in no round: 1"),
        (
            Grade.WARNING,
            "1 of 2 voters have no constituency: rounds that are held for certain ones are closed "
            "for them",
        ),
    ]
    everybody = make_settings(**{**given, "voting_rounds": [round_]})
    assert "electorates" not in {each.subject for each in examine(everybody)}


def test_a_register_that_cannot_be_listed(make_settings):
    """A directory or a service: it is said that nobody has looked."""
    now = datetime.now(UTC)
    given = {
        "register_kind": "rest",
        "register_url": "https://r.example.org",
        "register_token": "t",
    }
    round_ = {"id": "two", "opens_at": now - DAY, "closes_at": now + DAY, "posts": ["Lima"]}
    settings = make_settings(**given, voting_rounds=[round_])
    settings.data_dir.mkdir(exist_ok=True)
    prepare_database(settings)
    (finding,) = [each for each in examine(settings) if each.subject == "electorates"]
    assert finding.verdict is Grade.WARNING
    assert "cannot be listed" in finding.text
