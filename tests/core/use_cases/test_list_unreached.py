"""R45, R47: the list that names the voters whom nothing reaches, for the consulates."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from pyotp import TOTP

from adapters.operator_codes import TotpCodes
from adapters.sealing import AesGcmSealing
from core.electorate import Electorate
from core.errors import RegisterUnavailable
from core.events import OperatorActed
from core.intervention import Act
from core.unreached import Cause
from core.use_cases import list_unreached
from core.use_cases.keep_operators import KeepOperators, OperatorRefused
from core.use_cases.list_unreached import ListRefused, ListUnreached, Person
from core.use_cases.look_at_unreached import LookAtUnreached
from core.voter import Numel, Numic

ANYONE = timedelta()
HOUR = timedelta(hours=1)


class Office:
    """Two operators with telephones, and the list that they make."""

    def __init__(self, portal):
        self.portal, store = portal, portal.store
        sealing = AesGcmSealing(portal.keyring, portal.randomness)
        self.operators = KeepOperators(
            store.begin,
            store.read,
            TotpCodes(),
            sealing,
            portal.clock,
            portal.randomness,
            portal.events,
        )
        self.make = ListUnreached(
            portal.begin,
            store.read,
            LookAtUnreached(store.read, portal.calendar, portal.clock),
            self.operators,
            portal.round_keys,
            portal.register,
            portal.clock,
            portal.events,
        )
        self.phones = {}

    async def add(self, *names):
        for name in names:
            address = await self.operators.add(name, "root")
            self.phones[name] = TOTP(parse_qs(urlsplit(address).query)["secret"][0])

    def person(self, name):
        return Person(name, self.phones[name].at(self.portal.clock.now()))

    async def list(self, **of):
        people = self.person("jeanne"), self.person("paul")
        return await self.make("2027-1", ANYONE, *people, **of)

    async def traces(self):
        async with self.portal.store.read() as unit:
            return [(each.by, each.act, each.detail) for each in await unit.interventions.latest(9)]


@pytest.fixture
async def office(portal):
    made = Office(portal)
    await made.add("jeanne", "paul")
    return made


@pytest.fixture
async def waiting(portal):
    """Two who have confirmed and wait: one typed a NUMEL, the other lives in Lima."""
    other = portal.another_voter(numel=Numel("000099999"))
    portal.voters[other.numic] = replace(other, post="Lima", constituency="2")
    first, token = await portal.link(number=portal.voter.numel)
    await portal.confirm(token)
    second = await portal.ask_and_decide(number=other.numic, email=other.email)
    await portal.deliver_email(f"{second.id}.link")
    token = portal.email.sent[-1].facts["token"]
    await portal.confirm(token, portal.identifiers[other.numic])
    portal.clock.advance(HOUR)
    return first, second


@pytest.mark.usefixtures("waiting")
async def test_by_place_and_numic(office):
    """R45: whatever was typed, consulates know voters by their NUMIC; the trace names none."""
    found = await office.list()
    assert [(each.numic, each.numel, each.post) for each in found] == [
        (Numic("00012345"), None, ""),
        (Numic("00099999"), None, "Lima"),
    ]
    assert {each.voter.cause for each in found} == {Cause.UNTRIED}
    detail = "round 2027-1: 2 voters named, with paul"
    assert await office.traces() == [("jeanne", Act.UNREACHED_NAMED, detail)]
    acted = OperatorActed(Act.UNREACHED_NAMED, "jeanne", detail)
    assert office.portal.events.kept[-1] == acted
    assert "00012345" not in str(office.portal.events.kept)


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(
    ("of", "found"),
    [
        (Electorate.of(posts=["lima"]), ["00099999"]),
        (Electorate.of(["02"]), ["00099999"]),
        (Electorate.of(["3"]), []),
    ],
)
async def test_of_one_place(office, of, found):
    """R45, R49: each consulate has its own; names are compared as electorates do."""
    assert [each.numic.value for each in await office.list(of=of)] == found


async def test_nobody_has_decided(office, portal):
    """R45, R48: the register says whose number it is and where she is; one that it does not know is
    told as it was typed."""
    portal.voters[portal.numic] = replace(portal.voter, post="Quito")
    await portal.ask(number=portal.voter.numel)
    await portal.ask(number=Numel("000011111"))
    portal.clock.advance(HOUR)
    found = {each.numic or each.numel: each for each in await office.list()}
    assert {each.voter.cause for each in found.values()} == {Cause.LINK_UNDECIDED}
    assert found[portal.numic].post == "Quito"
    assert found[Numel("000011111")].numic is None


@pytest.mark.usefixtures("waiting")
async def test_a_numel_that_is_anothers_now(office, portal):
    """R45: no consulate calls a voter for what somebody else asked."""
    voters = portal.voters
    voters[portal.numic] = replace(portal.voter, numel=None)
    other = Numic("00099999")
    voters[other] = replace(voters[other], numel=portal.voter.numel)
    named = {each.numic: each.numel for each in await office.list()}
    assert named == {None: portal.voter.numel, other: None}


@pytest.mark.usefixtures("waiting")
async def test_one_person_alone_names_nobody(office):
    """R47: two names, two codes; a code serves once; nothing is kept of a list that was not
    made."""
    jeanne = office.person("jeanne")
    with pytest.raises(ListRefused, match="two persons"):
        await office.make("2027-1", ANYONE, jeanne, jeanne)
    wrong = Person("paul", "000000x")
    with pytest.raises(OperatorRefused):
        await office.make("2027-1", ANYONE, jeanne, wrong)
    with pytest.raises(OperatorRefused):
        await office.make("2027-1", ANYONE, jeanne, office.person("paul"))
    assert await office.traces() == []
    assert jeanne.code not in repr(jeanne)


async def test_of_a_round_that_there_is(office):
    """R47: before a code is used up."""
    people = office.person("jeanne"), office.person("paul")
    with pytest.raises(ValueError, match="names no round 2022-1"):
        await office.make("2022-1", ANYONE, *people)
    assert await office.make("2027-1", ANYONE, *people) == []


@pytest.mark.usefixtures("waiting")
async def test_the_register_is_away(office, portal):
    """R45: no list with holes."""
    portal.register.down = True
    with pytest.raises(RegisterUnavailable):
        await office.list()
    assert await office.traces() == []


@pytest.mark.usefixtures("waiting")
async def test_in_portions(office, monkeypatch):
    """R45: each once, however many looks it takes; counting names nobody."""
    monkeypatch.setattr(list_unreached, "AT_ONCE", 1)
    assert len(await office.list()) == 2
    assert await office.make.count("2027-1", ANYONE) == {Cause.UNTRIED: 2}
    assert len(await office.traces()) == 1
