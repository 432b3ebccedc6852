"""The contract of `core.ports.register.Register`, over every implementation."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import respx

from adapters.connections.directory import Directory, DirectorySettings
from adapters.connections.postgres import PostgresPool, PostgresSettings, connect_for_long
from adapters.register.import_csv import import_register
from adapters.register.import_csv.destination import Destination
from adapters.register.import_csv.into_postgres import PostgresDestination
from adapters.register.ldap import LdapRegister, LdapRegisterSettings
from adapters.register.memory import MemoryRegister
from adapters.register.postgres import PostgresRegister
from adapters.register.postgresql_view import PostgresViewRegister, ViewSettings
from adapters.register.rest import RestRegister, RestRegisterSettings
from adapters.register.sqlite import SqliteRegister
from core.errors import RegisterUnavailable
from core.keys import Keyring, SecretKey
from core.ports.register import CountsVoters, FindsMany, Register
from core.voter import EmailAddress, Identifier, Numel, Numic, PhoneNumber, Voter
from tests.servers.postgres import Databases, run
from tests.servers.slapd import ADMIN, ADMIN_PASSWORD, BASE, Slapd, entry, why_not

URL = "https://register.example.org"
KEYRING = Keyring((SecretKey("k1", b"k" * 32),))
CAMILLE = Voter(
    Numic("00012345"),
    EmailAddress("camille.martin@example.org"),
    PhoneNumber("+33639980001"),
    numel=Numel("000000042"),
    constituency="2",
    post="Buenos Aires",
)
DOMINIQUE = Voter(Numic("00054321"), EmailAddress("dominique.bernard@example.org"), None)
CLAUDE = Voter(
    Numic("00067890"),
    EmailAddress("claude.petit@example.org"),
    PhoneNumber("+33639980002"),
    numel=Numel("123456789"),
    identifier_renewed_in="2026-leg-1",
    constituency="11",
)
PAULE = Voter(
    Numic("00000044"),
    EmailAddress("paule.durand@example.org"),
    PhoneNumber("+33639980003"),
    other_emails=(EmailAddress("paule@example.org"), EmailAddress("durand@example.org")),
)
HOLD_SEVERAL = ("memory", "rest", "ldap")
"""Registers with room for more than one address of a voter."""
NAMELESS = Voter(Numic("00000007"), None, None)
VOTERS = {voter.numic: voter for voter in (CAMILLE, DOMINIQUE, CLAUDE, PAULE, NAMELESS)}
IDENTIFIERS = {
    CAMILLE.numic: Identifier.parse("K7WPQ2M4XN9B"),
    DOMINIQUE.numic: Identifier.parse("T4RJH8C2VW6D"),
    CLAUDE.numic: Identifier.parse("M9XK3FQ7ZB5L"),
    PAULE.numic: Identifier.parse("B6TRW9KDH4PX"),
    NAMELESS.numic: Identifier.parse("OIOIOIOIOIOI"),
}
STRANGER = Numic("99999999")


def _import(folder: Path, register: Path | Destination) -> None:
    lines = ["numic;numel;identifier;email;phone;identifier_renewed_in;constituency;post"]
    for numic, voter in VOTERS.items():
        cells = (
            numic.value,
            voter.numel.value if voter.numel else "",
            IDENTIFIERS[numic].canonical,
            voter.email.value if voter.email else "",
            voter.phone.value if voter.phone else "",
            voter.identifier_renewed_in or "",
            voter.constituency or "",
            voter.post or "",
        )
        lines.append(";".join(cells))
    source = folder / "voters.csv"
    source.write_text("\n".join(lines))
    import_register(source, register, KEYRING, report=folder / "report.csv")


def _sqlite(folder: Path) -> SqliteRegister:
    path = folder / "register.sqlite3"
    _import(folder, path)
    return SqliteRegister(path, KEYRING)


VIEW = """
CREATE TABLE their_voter (numic text, numel text, email text, phone text, identifier text,
    identifier_renewed_in text, constituency text, post text);
CREATE VIEW reassort_voter AS SELECT * FROM their_voter;
"""


async def _their_database(dsn: str) -> None:
    connection = await connect_for_long(dsn)
    await connection.execute(VIEW)
    rows = [
        (*_voter_json(voter).values(), IDENTIFIERS[numic].canonical)
        for numic, voter in VOTERS.items()
    ]
    columns = (*_voter_json(CAMILLE), "identifier")
    await connection.copy_records_to_table("their_voter", columns=columns, records=rows)
    await connection.close()


@pytest.fixture(scope="module")
def imported_dsn(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with the imported voters, and with a consulate's view of the same."""
    dsn = databases.create("template0")
    _import(tmp_path_factory.mktemp("import"), PostgresDestination(dsn))
    run(_their_database(dsn))
    return dsn


def _voter_json(voter: Voter) -> dict[str, str | None]:
    return {
        "numic": voter.numic.value,
        "numel": voter.numel and voter.numel.value,
        "email": voter.email and voter.email.value,
        "phone": voter.phone and voter.phone.value,
        "identifier_renewed_in": voter.identifier_renewed_in,
        "constituency": voter.constituency,
        "post": voter.post,
    }


def _search(request: httpx.Request) -> httpx.Response:
    asked = json.loads(request.content)
    for voter in VOTERS.values():
        known = _voter_json(voter)
        if all(known[name] == value for name, value in asked.items()):
            others = [each.value for each in voter.other_emails]
            return httpx.Response(200, json={**known, "other_emails": others or None})
    return httpx.Response(404, json={"code": "UNKNOWN_VOTER"})


def _check(request: httpx.Request) -> httpx.Response:
    asked = json.loads(request.content)
    known = IDENTIFIERS.get(Numic(asked["numic"]))
    return httpx.Response(
        200, json={"matches": known is not None and known.canonical == asked["identifier"]}
    )


LDAP_SETTINGS = LdapRegisterSettings(
    BASE,
    identifier_renewed_in="identifierRenewedIn",
    constituency="constituency",
    post="consularPost",
)
VIEW_SETTINGS = ViewSettings(constituency="constituency", post="post")


@pytest.fixture(scope="module")
def voters_directory() -> Iterator[DirectorySettings]:
    if reason := why_not():
        pytest.skip(reason)
    entries = (
        entry(
            numic.value,
            numic=numic.value,
            numel=voter.numel and voter.numel.value,
            votingIdentifier=IDENTIFIERS[numic].canonical,
            mail=[each.value for each in voter.emails],
            mobile=voter.phone and voter.phone.value,
            identifierRenewedIn=voter.identifier_renewed_in,
            constituency=voter.constituency,
            consularPost=voter.post,
        )
        for numic, voter in VOTERS.items()
    )
    server = Slapd(*entries)
    yield DirectorySettings(server.url, ADMIN, ADMIN_PASSWORD, server.ca_file)
    server.close()


@pytest.fixture(params=["memory", "sqlite", "rest", "ldap", "postgres", "view"])
async def register(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Register]:
    if request.param == "memory":
        yield MemoryRegister(VOTERS, IDENTIFIERS)
    elif request.param == "sqlite":
        register = _sqlite(tmp_path)
        yield register
        register.close()
    elif request.param in ("postgres", "view"):
        settings = PostgresSettings(read_only=True)
        pool = PostgresPool(request.getfixturevalue("imported_dsn"), settings)
        own = request.param == "postgres"
        yield PostgresRegister(pool, KEYRING) if own else PostgresViewRegister(pool, VIEW_SETTINGS)
        await pool.close()
    elif request.param == "ldap":
        directory = Directory(request.getfixturevalue("voters_directory"))
        yield LdapRegister(directory, LDAP_SETTINGS)
        await directory.aclose()
    else:
        with respx.mock(base_url=URL, assert_all_called=False) as service:
            service.post("/voters/search").mock(side_effect=_search)
            service.post("/voters/identifier-check").mock(side_effect=_check)
            async with httpx.AsyncClient() as client:
                yield RestRegister(client, RestRegisterSettings(URL, "token"))


SINGLE = [each for each in VOTERS.values() if each is not PAULE]


async def test_every_address_on_file_is_known(register: Register, request: pytest.FixtureRequest):
    """R25: a voter may type any of them; a register with room for one knows that one."""
    found = await register.find(PAULE.numic)
    several = request.node.callspec.params["register"] in HOLD_SEVERAL
    assert found == (PAULE if several else replace(PAULE, other_emails=()))


@pytest.mark.parametrize("voter", SINGLE, ids=("camille", "dominique", "claude", "no-one"))
async def test_a_voter_is_found_by_numic_with_all_that_is_known(register: Register, voter: Voter):
    """R2, R7, R8, R49: e-mail, phone, NUMEL, round of the identifier's renewal, constituency and
    post, each or none."""
    assert await register.find(voter.numic) == voter


@pytest.mark.parametrize("voter", [CAMILLE, CLAUDE], ids=["leading-zeros", "nine-digits"])
async def test_a_voter_is_found_by_numel(register: Register, voter: Voter):
    """R8: the NUMEL stands in for the NUMIC."""
    assert voter.numel is not None
    assert await register.find(voter.numel) == voter


@pytest.mark.parametrize("number", [STRANGER, Numel("999999999"), Numic("00000042")])
async def test_an_unknown_number_is_nobody(register: Register, number: Numic | Numel):
    """R25: None, not an error; and a NUMEL's digits are nobody's NUMIC."""
    assert await register.find(number) is None


async def test_numbers_are_not_mistaken_for_one_another(register: Register):
    """R8: a NUMIC's digits given as a NUMEL find nobody."""
    assert await register.find(Numel("000012345")) is None


async def test_the_voters_own_identifier_matches(register: Register):
    """R5: each voter with their own identifier."""
    for numic, identifier in IDENTIFIERS.items():
        assert await register.identifier_matches(numic, identifier)


async def test_an_identifier_matches_however_it_is_written(register: Register):
    """R10: case, spaces, O for 0 and I for 1 do not count."""
    assert await register.identifier_matches(CAMILLE.numic, Identifier.parse("k7wp q2m4 xn9b"))
    assert await register.identifier_matches(NAMELESS.numic, Identifier.parse("0I O1 01 o1 01 0i"))


async def test_another_voters_identifier_does_not_match(register: Register):
    """R5: identifiers are bound to their voter."""
    for other in (DOMINIQUE, CLAUDE, NAMELESS):
        assert not await register.identifier_matches(CAMILLE.numic, IDENTIFIERS[other.numic])


async def test_an_unknown_voter_has_no_identifier(register: Register):
    """R5: False, not an error."""
    assert not await register.identifier_matches(STRANGER, IDENTIFIERS[CAMILLE.numic])


async def test_voters_are_counted_by_place(register: Register, request: pytest.FixtureRequest):
    """R49: a register that can be listed tells before the vote whose the rounds are."""
    listed = request.node.callspec.params["register"] not in ("rest", "ldap")
    assert isinstance(register, CountsVoters) is listed
    if isinstance(register, CountsVoters):
        assert await register.voters_by_place() == {
            ("2", "Buenos Aires"): 1,
            ("11", None): 1,
            (None, None): 3,
        }


async def test_many_are_found_at_once(register: Register, request: pytest.FixtureRequest):
    """R59: our own copies tell of many voters what they tell of each, and nobody of a stranger."""
    copied = request.node.callspec.params["register"] in ("memory", "sqlite", "postgres")
    assert isinstance(register, FindsMany) is copied
    if isinstance(register, FindsMany):
        asked = [CAMILLE.numic, STRANGER, DOMINIQUE.numic]
        found = await register.find_many(asked)
        assert found == {each: await register.find(each) for each in (asked[0], asked[2])}
        assert await register.find_many([STRANGER]) == await register.find_many([]) == {}


async def test_an_unavailable_register_says_so_without_personal_data(tmp_path: Path):
    """R42: "cannot tell" is an error of its own, never "unknown"; its text names nobody."""
    with respx.mock(base_url=URL) as service:
        service.post("/voters/search").mock(return_value=httpx.Response(403))
        async with httpx.AsyncClient() as client:
            rest = RestRegister(client, RestRegisterSettings(URL, "token"))
            pool = PostgresPool(f"postgresql:///none?host={tmp_path}")
            ours, theirs = PostgresRegister(pool, KEYRING), PostgresViewRegister(pool)
            sqlite = SqliteRegister(tmp_path / "none.sqlite3", KEYRING)
            for register in (sqlite, rest, ours, theirs):
                if isinstance(register, FindsMany):
                    with pytest.raises(RegisterUnavailable):
                        await register.find_many([CAMILLE.numic])
                with pytest.raises(RegisterUnavailable) as failure:
                    await register.find(CAMILLE.numic)
                assert "12345" not in str(failure.value)
                assert "none" not in str(failure.value)
