"""The register in SQLite: what it opens, when, and what it does when it cannot."""

from pathlib import Path

import pytest

from adapters.register.import_csv import import_register
from adapters.register.sqlite import SqliteRegister
from core.errors import RegisterUnavailable
from core.keys import Keyring, SecretKey
from core.voter import Identifier, Numic

OLD_KEY, NEW_KEY = SecretKey("old", b"o" * 32), SecretKey("new", b"n" * 32)
CAMILLE, IDENTIFIER = Numic("00012345"), Identifier.parse("K7WPQ2M4XN9B")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    source, path = tmp_path / "voters.csv", tmp_path / "register.sqlite3"
    source.write_text("numic,identifier,email,phone\n12345,K7WPQ2M4XN9B,c@example.org,\n")
    import_register(source, path, Keyring((OLD_KEY,)), report=tmp_path / "report.csv")
    return path


async def test_an_older_key_still_verifies(path: Path):
    """R14: after a rotation the register answers as before."""
    register = SqliteRegister(path, Keyring((NEW_KEY, OLD_KEY)))
    assert await register.identifier_matches(CAMILLE, IDENTIFIER)
    register.close()


async def test_a_lost_key_is_told_and_not_a_mismatch(path: Path):
    """R14, R16: a voter does not pay with an attempt for a key that is gone; nor is anyone sent a
    link that could not be confirmed."""
    register = SqliteRegister(path, Keyring((NEW_KEY,)))
    with pytest.raises(RegisterUnavailable, match="import the register again"):
        await register.find(CAMILLE)
    with pytest.raises(RegisterUnavailable, match="import the register again"):
        await register.identifier_matches(CAMILLE, IDENTIFIER)


async def test_another_key_under_the_same_id_is_told(path: Path):
    """R16: two keys that were given one id are told apart, and cost no voter an attempt."""
    impostor = SecretKey(OLD_KEY.id, b"another secret of the same name!" * 2)
    register = SqliteRegister(path, Keyring((impostor,)))
    with pytest.raises(RegisterUnavailable, match="import the register again"):
        await register.identifier_matches(CAMILLE, IDENTIFIER)


async def test_a_missing_file_is_told_and_found_once_it_is_there(path: Path):
    """R29: unavailable until imported, then in service, without a restart."""
    away = path.with_name("away.sqlite3")
    path.rename(away)
    register = SqliteRegister(path, Keyring((OLD_KEY,)))
    with pytest.raises(RegisterUnavailable) as failure:
        await register.find(CAMILLE)
    assert path.name not in str(failure.value)
    away.rename(path)
    assert await register.find(CAMILLE) is not None
    register.close()


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 1000])
async def test_another_file_is_no_register(tmp_path: Path, content: bytes):
    """R29: an empty file, or any other, is unavailable, never "no such voter"."""
    path = tmp_path / "other.sqlite3"
    path.write_bytes(content)
    register = SqliteRegister(path, Keyring((OLD_KEY,)))
    with pytest.raises(RegisterUnavailable):
        await register.find(CAMILLE)
    with pytest.raises(RegisterUnavailable):
        await register.identifier_matches(CAMILLE, IDENTIFIER)


async def test_a_damaged_file_is_unavailable(path: Path):
    """R29: pages that are garbage raise, and the text quotes none of them."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    register = SqliteRegister(path, Keyring((OLD_KEY,)))
    with pytest.raises(RegisterUnavailable, match="DatabaseError"):
        await register.find(CAMILLE)


async def test_the_file_is_never_written_to(path: Path):
    """R44: no journal, no lock, no change beside or in the file."""
    before, names = path.read_bytes(), sorted(path.parent.iterdir())
    register = SqliteRegister(path, Keyring((OLD_KEY,)))
    await register.find(CAMILLE)
    assert sorted(path.parent.iterdir()) == names
    register.close()
    assert path.read_bytes() == before


async def test_a_closed_register_opens_again(path: Path):
    """Closing lets go of the file and nothing else."""
    register = SqliteRegister(path, Keyring((OLD_KEY,)))
    register.close()
    assert await register.find(CAMILLE) is not None
    register.close()
    register.close()
    assert await register.find(CAMILLE) is not None
    register.close()
