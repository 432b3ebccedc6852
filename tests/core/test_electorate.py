"""For whom a voting round is held."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from core.electorate import EVERYBODY, Electorate, comparable
from core.voter import Numic, Voter

CAMILLE = Voter(Numic("00012345"), None, None, constituency="2", post="Buenos Aires")
ALL, TWO, THREE = EVERYBODY, Electorate.of(["2"]), Electorate.of(["3"])
TWO_AND_THREE = Electorate.of(["2", "3"])
BUENOS_AIRES, LIMA = Electorate.of(posts=["Buenos Aires"]), Electorate.of(posts=["Lima"])
TWO_IN_LIMA = Electorate.of(["2"], ["Lima"])


@pytest.mark.parametrize(
    ("electorate", "voter", "is_in"),
    [
        (ALL, {}, True),
        (ALL, {"constituency": None, "post": None}, True),
        (TWO, {}, True),
        (TWO, {"constituency": "02"}, True),
        (TWO, {"constituency": " 2 "}, True),
        (TWO, {"constituency": "12"}, False),
        (TWO, {"constituency": "20"}, False),
        (TWO, {"constituency": None}, False),
        (TWO, {"constituency": None, "post": "2"}, False),
        (TWO, {"post": None}, True),
        (TWO_AND_THREE, {"constituency": "3"}, True),
        (BUENOS_AIRES, {"post": "BUENOS  AIRES"}, True),
        (BUENOS_AIRES, {"post": None}, False),
        (BUENOS_AIRES, {"constituency": None}, True),
        (TWO_IN_LIMA, {}, False),
        (TWO_IN_LIMA, {"post": "Lima"}, True),
        (TWO_IN_LIMA, {"post": "Lima", "constituency": "3"}, False),
    ],
)
def test_who_is_in_an_electorate(electorate, voter, is_in):
    """R49: a round is for the voters of its constituencies, at its posts; who has none is in no
    electorate that asks for one."""
    assert electorate.includes(replace(CAMILLE, **voter)) is is_in


@pytest.mark.parametrize(
    ("narrower", "wider"),
    [
        (TWO, ALL),
        (BUENOS_AIRES, ALL),
        (TWO, TWO_AND_THREE),
        (TWO_IN_LIMA, TWO),
        (TWO_IN_LIMA, LIMA),
        (LIMA, TWO),
        (LIMA, TWO_AND_THREE),
        (LIMA, Electorate.of(posts=["Lima", "Quito"])),
    ],
)
def test_one_electorate_is_narrower(narrower, wider):
    """R49: a part is narrower than the whole, and a post than a constituency."""
    assert narrower.is_narrower_than(wider)
    assert not wider.is_narrower_than(narrower)
    assert not narrower.is_apart_from(wider)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ALL, ALL),
        (TWO, TWO),
        (TWO_AND_THREE, Electorate.of(["2", "4"])),
        (TWO, Electorate.of(["02"])),
    ],
)
def test_neither_is_narrower(one, other):
    """R49: two that share voters, and of which none is a part of the other, leave it open."""
    assert not one.is_narrower_than(other)
    assert not other.is_narrower_than(one)
    assert not one.is_apart_from(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(TWO, THREE), (BUENOS_AIRES, LIMA), (TWO_IN_LIMA, THREE), (TWO_IN_LIMA, BUENOS_AIRES)],
)
def test_electorates_without_a_voter_in_common(one, other):
    """R49: two constituencies, or two posts, have no voter in common."""
    assert one.is_apart_from(other)
    assert other.is_apart_from(one)


def test_narrower_goes_round_in_no_circle():
    """R49: of any electorates that share a voter one is the narrowest."""
    every = [ALL, TWO, THREE, TWO_AND_THREE, BUENOS_AIRES, LIMA, TWO_IN_LIMA]
    for one, other, third in permutations(every, 3):
        circle = one.is_narrower_than(other) and other.is_narrower_than(third)
        assert not (circle and third.is_narrower_than(one))


@pytest.mark.parametrize(
    ("written", "again"),
    [
        ("2", "02"),
        ("2", "２"),
        ("2e circonscription", "2E  Circonscription"),
        ("Amérique du Nord", "AMERIQUE DU NORD"),
        ("Sao Paulo", "São Paulo"),
        ("0", "00"),
    ],
)
def test_one_name_written_twice(written, again):
    """R49: spreadsheets take zeros away and clerks write as they like."""
    assert comparable(written) == comparable(again) != ""


def test_an_empty_name_is_refused():
    """R49: it would let in nobody, or, by mistake, everybody."""
    with pytest.raises(ValueError, match="constituencies: a name is empty"):
        Electorate.of([" "])
    with pytest.raises(ValueError, match="posts: a name is empty"):
        Electorate.of(posts=[""])
    assert ALL.is_everybody
    assert not TWO.is_everybody


def test_names_are_shown_as_they_were_written():
    """R45: the register's own; two spellings of the same electorate are equal all the same."""
    shown = Electorate.of(["02", "2"], ["São Paulo", "Lima"])
    assert shown.written == {"constituencies": ("02", "2"), "posts": ("Lima", "São Paulo")}
    assert shown == Electorate.of(["2"], ["lima", "SAO PAULO"])
    assert hash(shown) == hash(Electorate.of(["2"], ["lima", "SAO PAULO"]))
    assert EVERYBODY.written == {"constituencies": (), "posts": ()}
