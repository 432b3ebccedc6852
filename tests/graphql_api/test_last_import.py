"""`reassort doctor` repeats what the last import said (R35, N7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.register.import_csv import import_register
from adapters.register.memory import MemoryRegister
from adapters.register.sqlite import SqliteRegister
from adapters.system import SystemClock
from core.errors import RegisterUnavailable
from core.keys import Keyring, SecretKey
from graphql_api.running.fitness import Grade
from graphql_api.running.last_import import last_import

KEYRING = Keyring((SecretKey("k1", b"k" * 32),))


@pytest.fixture
def register(tmp_path: Path):
    def register(*phones: str) -> SqliteRegister:
        lines = [
            f"{numic};K7WPQ2M4XN9B;voter.{numic}@example.org;{phone}"
            for numic, phone in enumerate(phones)
        ]
        source, file = tmp_path / "voters.csv", tmp_path / "register.sqlite3"
        source.write_text("\n".join(["numic;identifier;email;phone", *lines]), "utf-8")
        report = tmp_path / "report.csv"
        now = SystemClock().now()
        import_register(source, file, KEYRING, report=report, default_region="FR", now=now)
        return SqliteRegister(file, KEYRING)

    return register


async def test_counts_that_ask_for_work_are_a_warning(register):
    """N1 to N4: voters, those whose phone takes no SMS, and each finding with its count."""
    imported = register("+33612345678", "0612345679", "+24107123456", "+33142685300", "")
    (finding,) = await last_import(imported)
    imported.close()
    assert (finding.subject, finding.verdict) == ("last import", Grade.WARNING)
    assert "5 voters, 0 lines rejected; 2 voters with a telephone that takes no SMS" in finding.text
    for counted in ("PHONE_WITHOUT_COUNTRY_CODE 1", "PHONE_RENUMBERED 1", "PHONE_MISSING 1"):
        assert counted in finding.text


async def test_a_clean_import_is_good(register):
    """R35: its time and its voters."""
    imported = register("+33612345678")
    (finding,) = await last_import(imported)
    imported.close()
    assert finding.verdict is Grade.GOOD
    assert "1 voters, 0 lines rejected" in finding.text
    assert finding.text[:2] == "20"


async def test_registers_that_are_not_imported_have_none(tmp_path: Path):
    """R35: nothing is said of a directory, a service, or a register that cannot be reached."""
    assert await last_import(MemoryRegister({}, {})) == []
    missing = SqliteRegister(tmp_path / "none.sqlite3", KEYRING)
    with pytest.raises(RegisterUnavailable):
        await missing.last_import()
    assert await last_import(missing) == []
