"""The register in PostgreSQL, our copy and a view: when it cannot tell, it says so."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.connections.postgres import PostgresPool, PostgresSettings
from adapters.register.import_csv import import_register
from adapters.register.import_csv.into_postgres import PostgresDestination
from adapters.register.postgres import PostgresRegister
from adapters.register.postgresql_view import PostgresViewRegister, ViewSettings
from core.errors import RegisterUnavailable
from core.keys import Keyring, SecretKey
from core.voter import Identifier, Numel, Numic, PhoneNumber
from tests.servers.postgres import Databases, PostgresServer, administer

OLD_KEY, NEW_KEY = SecretKey("old", b"o" * 32), SecretKey("new", b"n" * 32)
CAMILLE, IDENTIFIER = Numic("00012345"), Identifier.parse("K7WPQ2M4XN9B")
HASH_KEY = b"h" * 32


def _import(folder: Path, dsn: str) -> str:
    source = folder / "voters.csv"
    source.write_text(
        "numic,identifier,email,phone,identifier_renewed_in\n"
        "12345,K7WPQ2M4XN9B,c@example.org,,2027-1\n"
        "54321,T4RJH8C2VW6D,d@example.org,,2022\n"
    )
    report = folder / "report.csv"
    import_register(source, PostgresDestination(dsn), Keyring((OLD_KEY,)), report=report)
    return dsn


@pytest.fixture(scope="module")
def dsn(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> str:
    return _import(tmp_path_factory.mktemp("import"), databases.create("template0"))


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[PostgresPool]:
    pool = PostgresPool(dsn)
    yield pool
    await pool.close()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


async def test_an_older_key_still_verifies(pool: PostgresPool):
    """R14: after a rotation the register answers as before; another's identifier never matches."""
    register = PostgresRegister(pool, Keyring((NEW_KEY, OLD_KEY)))
    assert await register.identifier_matches(CAMILLE, IDENTIFIER)
    assert not await register.identifier_matches(Numic("00054321"), IDENTIFIER)


@pytest.mark.parametrize(
    "key", [NEW_KEY, SecretKey("old", b"another secret of the same name!" * 2)]
)
async def test_a_lost_key_is_told_and_not_a_mismatch(pool: PostgresPool, key: SecretKey):
    """R14, R16: gone, or another under the same id: no voter pays with an attempt for it."""
    register = PostgresRegister(pool, Keyring((key,)))
    for number in (CAMILLE, Numel("000000001"), Numic("99999999")):
        with pytest.raises(RegisterUnavailable, match="import the register again"):
            await register.find(number)
    with pytest.raises(RegisterUnavailable, match="import the register again"):
        await register.identifier_matches(CAMILLE, IDENTIFIER)
    with pytest.raises(RegisterUnavailable, match="import the register again"):
        await register.rounds()


async def test_the_rounds_are_told(pool: PostgresPool):
    """R8: for the check that the file and the calendar name rounds alike."""
    assert await PostgresRegister(pool, Keyring((OLD_KEY,))).rounds() == ["2022", "2027-1"]


async def test_another_version_is_no_register(pool: PostgresPool, dsn: str):
    """R29: unavailable, never "no such voter"."""
    await administer(dsn, "UPDATE register_meta SET version = version + 1")
    with pytest.raises(RegisterUnavailable, match="import-register"):
        await PostgresRegister(pool, Keyring((OLD_KEY,))).find(CAMILLE)
    await administer(dsn, "UPDATE register_meta SET version = version - 1")


async def test_a_server_that_dies_is_unavailable_until_it_is_back(
    own_server: PostgresServer, tmp_path: Path
):
    """R29, R42: told without values; once the server is back both registers answer again."""
    dsn = _import(tmp_path, own_server.dsn())
    await administer(dsn, VIEW, CAMILLES_ROW)
    pool = PostgresPool(dsn, PostgresSettings(read_only=True))
    registers = (PostgresRegister(pool, Keyring((OLD_KEY,))), PostgresViewRegister(pool))
    for register in registers:
        assert await register.find(CAMILLE)
    own_server.kill()
    for register in registers:
        with pytest.raises(RegisterUnavailable) as failure:
            await register.find(CAMILLE)
        assert "12345" not in str(failure.value)
        assert "reassort-pg" not in str(failure.value)
    own_server.start()
    for register in registers:
        assert await register.identifier_matches(CAMILLE, IDENTIFIER)
    await pool.close()


VIEW = """CREATE TABLE reassort_voter (numic text, numel text, email text, phone text,
    identifier text, identifier_hash text, identifier_renewed_in text)"""
CAMILLES_ROW = "INSERT INTO reassort_voter VALUES ('00012345', '000000042', " + (
    "'camille.martin@example.org', '06 39 98 00 01', 'k7wp q2m4 xn9b', 'hash', '2027-1')"
)


@pytest.fixture
async def view(dsn: str, pool: PostgresPool) -> PostgresViewRegister:
    await administer(dsn, "DROP TABLE IF EXISTS reassort_voter", VIEW, CAMILLES_ROW)
    return PostgresViewRegister(pool, ViewSettings(default_region="FR"))


async def test_what_the_view_says_is_normalised(view: PostgresViewRegister):
    """R10, R28: phones to E.164, identifiers as voters may write them."""
    voter = await view.find(Numel("000000042"))
    assert voter is not None
    assert (voter.phone, voter.identifier_renewed_in) == (PhoneNumber("+33639980001"), "2027-1")
    assert await view.identifier_matches(CAMILLE, IDENTIFIER)
    assert not await view.identifier_matches(Numic("00099999"), IDENTIFIER)


async def test_a_constituency_may_be_a_number_there(
    view: PostgresViewRegister, pool: PostgresPool, dsn: str
):
    """R49: the view's columns have the consulate's names and types; none is asked for unnamed."""
    changes = "ADD COLUMN circo integer DEFAULT 2, ADD COLUMN poste text DEFAULT ' Lima '"
    await administer(dsn, f"ALTER TABLE reassort_voter {changes}")
    settings = ViewSettings(default_region="FR", constituency="circo", post="poste")
    found = await PostgresViewRegister(pool, settings).find(CAMILLE)
    assert found is not None
    assert (found.constituency, found.post) == ("2", "Lima")
    found = await view.find(CAMILLE)
    assert found is not None
    assert (found.constituency, found.post) == (None, None)
    with pytest.raises(ValueError, match="lower-case letters"):
        ViewSettings(constituency="circo; --")


async def test_what_cannot_be_used_counts_as_absent(view: PostgresViewRegister, dsn: str):
    """R7, R35: such a voter gets the explaining e-mail, or none; an identifier that cannot be one
    matches nothing."""
    values = "email = 'no address', phone = 'call me', numel = 'x', identifier = 'short'"
    await administer(dsn, f"UPDATE reassort_voter SET {values}, identifier_renewed_in = NULL")
    voter = await view.find(CAMILLE)
    assert voter is not None
    assert (voter.email, voter.phone, voter.numel) == (None, None, None)
    assert voter.has_unusable_phone
    assert not await view.identifier_matches(CAMILLE, IDENTIFIER)


@pytest.mark.parametrize(
    ("phone", "unusable"), [("+33142685300", True), ("+24107123456", True), (None, False)]
)
async def test_a_phone_that_takes_no_sms_is_told_apart_from_none(
    view: PostgresViewRegister, dsn: str, phone: str | None, unusable: bool
):
    """R50: a landline and a former number are there, and not sent to."""
    written = f"'{phone}'" if phone else "NULL"
    await administer(dsn, f"UPDATE reassort_voter SET phone = {written}")
    voter = await view.find(CAMILLE)
    assert voter is not None
    assert (voter.phone, voter.has_unusable_phone) == (None, unusable)


async def test_two_rows_of_one_number_are_nobody_to_choose_from(
    view: PostgresViewRegister, dsn: str
):
    """R5, R42: which of them is the voter cannot be told."""
    await administer(dsn, CAMILLES_ROW)
    for asked in (view.find(CAMILLE), view.identifier_matches(CAMILLE, IDENTIFIER)):
        with pytest.raises(RegisterUnavailable, match="two voters") as failure:
            await asked
        assert "12345" not in str(failure.value)


@pytest.mark.parametrize(
    ("kind", "value", "rounds"),
    [
        ("text", "'2027-1; 2027-2'", ["2027-1", "2027-2"]),
        ("text[]", "'{2027-1,2027-2}'", ["2027-1", "2027-2"]),
        ("integer", "2027", ["2027"]),
    ],
)
async def test_several_rounds_of_an_identifiers_renewal(
    view: PostgresViewRegister, dsn: str, kind: str, value: str, rounds: list[str]
):
    """R8: whatever the type of the column, no round is lost."""
    change = f"ALTER TABLE reassort_voter ALTER COLUMN identifier_renewed_in TYPE {kind}"
    await administer(dsn, f"{change} USING {value}")
    voter = await view.find(CAMILLE)
    assert voter is not None
    assert all(map(voter.has_renewed_identifier_in, rounds))


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ("identifier_renewed_in = 'é'", CAMILLE),
        ("numic = 'x'", Numel("000000042")),
    ],
)
async def test_what_must_not_be_dropped_is_told(
    view: PostgresViewRegister, dsn: str, values: str, asked: Numic | Numel
):
    """R8: without its round both credentials could be renewed; without a NUMIC nobody is known."""
    await administer(dsn, f"UPDATE reassort_voter SET {values}")
    with pytest.raises(RegisterUnavailable, match="unusable"):
        await view.find(asked)


async def test_hashed_identifiers_are_compared_under_the_shared_key(
    pool: PostgresPool, view: PostgresViewRegister, dsn: str
):
    """R5, R16: the plain identifier stays with the consulate."""
    message = b"00012345" + IDENTIFIER.canonical.encode()
    known = hmac.digest(HASH_KEY, message, hashlib.sha256).hex()
    await administer(dsn, f"UPDATE reassort_voter SET identifier_hash = '{known}'")
    hashed = PostgresViewRegister(pool, ViewSettings(hash_key=HASH_KEY))
    assert await hashed.identifier_matches(CAMILLE, IDENTIFIER)
    assert not await hashed.identifier_matches(CAMILLE, Identifier.parse("T4RJH8C2VW6D"))
    assert not await hashed.identifier_matches(Numic("00099999"), IDENTIFIER)
    for wrong in ("'hash'", "'ab'", "NULL"):
        await administer(dsn, f"UPDATE reassort_voter SET identifier_hash = {wrong}")
        assert not await hashed.identifier_matches(CAMILLE, IDENTIFIER)


@pytest.mark.parametrize(
    "wrong", [{"view": "a b"}, {"schema": 'x"'}, {"default_region": "France"}, {"hash_key": b"k"}]
)
def test_settings_that_cannot_work_are_refused(wrong: dict):
    """R16: names that would need quotes, a region that is none, a key that is too short."""
    with pytest.raises(ValueError, match=r"lower-case|country|32 bytes"):
        ViewSettings(**wrong)
