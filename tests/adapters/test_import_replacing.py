"""Import over a register: counts, refusal, failures, kills. The old register always answers."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from adapters.register.import_csv import (
    ImportFailed,
    ImportRefused,
    ImportReport,
    import_register,
)
from adapters.register.import_csv.into_sqlite import new_register
from adapters.register.sqlite import SqliteRegister
from core.errors import RegisterUnavailable
from core.keys import Keyring, SecretKey
from core.voter import Identifier, Numic

OLD_KEY, NEW_KEY = SecretKey("old", b"o" * 32), SecretKey("new", b"n" * 32)
KEYRING = Keyring((OLD_KEY,))
HEADER = "numic;identifier;email;phone"
CAMILLE = Numic("00012345")
FIRST = [
    "12345;K7WPQ2M4XN9B;camille.martin@example.org;+33612345678",
    "54321;T4RJH8C2VW6D;dominique.bernard@example.org;",
    "67890;M9XK3FQ7ZB5L;claude.petit@example.org;+33612345679",
]


def _write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def _load(folder: Path, lines: list[str], keyring: Keyring = KEYRING, **options) -> ImportReport:
    source = _write(folder / "voters.csv", lines)
    register, report = folder / "register.sqlite3", folder / "report.csv"
    options = {"max_removed": 1.0, **options}
    return import_register(source, register, keyring, report=report, **options)


@pytest.fixture
def register(tmp_path: Path):
    _load(tmp_path, FIRST)
    register = SqliteRegister(tmp_path / "register.sqlite3", KEYRING)
    yield register
    register.close()


async def _email(register: SqliteRegister) -> str | None:
    voter = await register.find(CAMILLE)
    return voter and voter.email and voter.email.value


async def test_the_counts_compare_with_the_previous_register(
    tmp_path: Path, register: SqliteRegister
):
    """R35: one unchanged, one with another e-mail, one gone, one new, whatever their order."""
    lines = ["99;K7WPQ2M4XN9C;new@example.org;", FIRST[2], FIRST[0].replace("camille", "c")]
    outcome = _load(tmp_path, lines)
    counts = (outcome.added, outcome.updated, outcome.unchanged, outcome.removed)
    assert counts == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [("K7WPQ2M4XN9B", "K7WPQ2M4XN9C"), ("+33612345678", ""), ("+33612345678", "+33612345670")],
)
async def test_any_changed_column_counts_as_updated(
    tmp_path: Path, register: SqliteRegister, before: str, after: str
):
    """R35: an identifier, a phone gone, a phone changed."""
    outcome = _load(tmp_path, [FIRST[0].replace(before, after), *FIRST[1:]])
    assert (outcome.updated, outcome.unchanged) == (1, 2)


async def test_under_a_new_key_identifiers_are_not_compared(
    tmp_path: Path, register: SqliteRegister
):
    """R14, R35: U9: rotation does not count everybody as updated, and is told; the newest key
    signs."""
    rotated = Keyring((NEW_KEY, OLD_KEY))
    outcome = _load(tmp_path, FIRST, rotated)
    assert (outcome.unchanged, outcome.hashed_anew) == (3, True)
    assert not _load(tmp_path, FIRST, rotated).hashed_anew
    with pytest.raises(RegisterUnavailable, match="import the register again"):
        await register.identifier_matches(CAMILLE, Identifier.parse("K7WPQ2M4XN9B"))
    after = SqliteRegister(tmp_path / "register.sqlite3", rotated)
    assert await after.identifier_matches(CAMILLE, Identifier.parse("K7WPQ2M4XN9B"))
    after.close()


async def test_a_running_register_notices_the_new_one(tmp_path: Path, register: SqliteRegister):
    """R35: without a restart, from the next lookup on."""
    assert await _email(register) == "camille.martin@example.org"
    for name in ("one", "two", "three"):
        _load(tmp_path, [FIRST[0].replace("camille.martin", name)])
        assert await _email(register) == f"{name}@example.org"


def test_a_file_that_is_cut_short_replaces_nothing(tmp_path: Path, register: SqliteRegister):
    """R35: who is in the register and not in the file would be unknown, silently: refused unless
    forced, when there are many."""
    with pytest.raises(
        ImportRefused, match=r"2 of 3 voters.* more than 5 %.* register before stays"
    ):
        _load(tmp_path, FIRST[:1], max_removed=0.05)
    assert _load(tmp_path, FIRST, max_removed=0.05).unchanged == 3
    assert _load(tmp_path, FIRST[:1], max_removed=0.05, force=True).removed == 2


def test_a_region_that_is_none_is_refused(tmp_path: Path):
    """R35: every number without a prefix would be malformed."""
    with pytest.raises(ImportFailed, match="ISO 3166"):
        _load(tmp_path, FIRST, default_region="France")


async def test_too_many_rejected_lines_replace_nothing(tmp_path: Path, register: SqliteRegister):
    """R35: the refusal carries the counts and the report names the lines; `force` overrides."""
    lines = [FIRST[0].replace("camille", "c"), "x;y"]
    with pytest.raises(ImportRefused, match="1 of 2 lines were rejected, more than 5 %") as refusal:
        _load(tmp_path, lines)
    assert f"see {tmp_path / 'report.csv'}; it has more or fewer columns" in str(refusal.value)
    assert (tmp_path / "report.csv").stat().st_mode & 0o777 == 0o600
    assert not refusal.value.report.replaced
    assert refusal.value.report.rejected == 1
    assert "WRONG_COLUMN_COUNT" in (tmp_path / "report.csv").read_text()
    assert await _email(register) == "camille.martin@example.org"
    assert _load(tmp_path, lines, max_rejected=0.5).replaced
    assert _load(tmp_path, lines, force=True).replaced


async def test_an_empty_file_does_not_empty_the_register(tmp_path: Path, register: SqliteRegister):
    """R35: a header without voters is a mistake until forced."""
    with pytest.raises(ImportRefused, match="no voter"):
        _load(tmp_path, [])
    assert await _email(register) == "camille.martin@example.org"
    assert _load(tmp_path, [], force=True).removed == 3


async def test_two_imports_at_once_are_refused(tmp_path: Path, register: SqliteRegister):
    """R35: the second says so, and does not sweep away the first one's work."""
    with (tmp_path / "register.sqlite3.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        staged = tmp_path / "register.sqlite3.importing-1"
        staged.touch()
        with pytest.raises(ImportFailed, match="another import"):
            _load(tmp_path, FIRST)
        assert staged.exists()
    assert _load(tmp_path, FIRST).unchanged == 3


def _big(folder: Path) -> Path:
    lines = (f"{n};K7WPQ2M4XN9B;voter.{n}@example.org;+33 6 39 98 00 01" for n in range(200_000))
    return _write(folder / "big.csv", list(lines))


_IMPORT = """
import resource, sys
from pathlib import Path
from adapters.register.import_csv import ImportFailed, import_register
from core.keys import Keyring, SecretKey
folder, source, limit = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
keyring = Keyring((SecretKey("old", b"o" * 32),))
def progress(*done):
    print(*done, flush=True)
try:
    import_register(source, folder / "register.sqlite3", keyring,
                    report=folder / "report.csv", progress=progress, processes=int(sys.argv[4]))
except ImportFailed as failure:
    sys.exit(f"failed: {failure}")
"""


def _start(folder: Path, source: Path, limit: int = 0, processes: int = 0) -> subprocess.Popen[str]:
    arguments = [str(folder), str(source), str(limit), str(processes)]
    return subprocess.Popen(
        [sys.executable, "-c", _IMPORT, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _children(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(each) for each in listed.split()]


@pytest.mark.parametrize("processes", [0, 2], ids=["alone", "two-processes"])
async def test_a_kill_half_way_leaves_the_old_register(
    tmp_path: Path, register: SqliteRegister, processes: int
):
    """R35: after SIGKILL the old register answers, the next import succeeds and sweeps up, and no
    parsing process stays behind."""
    with _start(tmp_path, _big(tmp_path), processes=processes) as half_way:
        assert half_way.stdout is not None
        assert half_way.stdout.readline()
        children = _children(half_way.pid) if processes else []
        half_way.send_signal(signal.SIGKILL)
    assert half_way.returncode == -signal.SIGKILL
    assert len(list(tmp_path.glob("*.importing-*"))) == 1
    assert await _email(register) == "camille.martin@example.org"
    assert _load(tmp_path, [FIRST[0].replace("camille", "c")]).replaced
    assert await _email(register) == "c.martin@example.org"
    assert not list(tmp_path.glob("*.importing-*"))
    deadline = time.monotonic() + 10
    while any(_runs(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_runs(child) for child in children)


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_a_full_disk_is_reported_and_costs_nothing(tmp_path: Path, register: SqliteRegister):
    """R35: files may not grow beyond 1 MB here; the old register answers, nothing is left over."""
    with _start(tmp_path, _big(tmp_path), limit=1_000_000) as full:
        assert full.stderr is not None
        error = full.stderr.read()
    assert full.returncode == 1
    assert error.startswith("failed: ")
    assert "example.org" not in error
    assert not list(tmp_path.glob("*.importing-*"))
    assert await _email(register) == "camille.martin@example.org"


async def test_a_dead_parsing_process_fails_the_import(tmp_path: Path, register: SqliteRegister):
    """R35: half of a file is never taken for the whole."""
    with _start(tmp_path, _big(tmp_path), processes=2) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        for child in _children(running.pid):
            if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
                os.kill(child, signal.SIGKILL)
        assert "a parsing process ended" in running.stderr.read()
    assert await _email(register) == "camille.martin@example.org"


def test_missing_files_and_folders_are_told_plainly(tmp_path: Path):
    """R35: no source, no folder for the register, a folder in the report's place."""
    source, register, report = tmp_path / "a.csv", tmp_path / "r.sqlite3", tmp_path / "p.csv"
    with pytest.raises(ImportFailed, match=r"No such file or directory: a.csv"):
        import_register(source, register, KEYRING, report=report)
    _write(source, FIRST)
    with pytest.raises(ImportFailed, match="No such file"):
        import_register(source, tmp_path / "none" / "r.sqlite3", KEYRING, report=report)
    report.mkdir()
    with pytest.raises(ImportFailed, match="directory"):
        import_register(source, register, KEYRING, report=report)
    assert not register.exists()


def test_what_was_no_register_is_replaced_without_comparison(tmp_path: Path):
    """R35: a damaged predecessor does not stand in the way of a good import."""
    (tmp_path / "register.sqlite3").write_bytes(b"damaged" * 1000)
    assert _load(tmp_path, FIRST).added == 3


def test_a_folder_with_odd_characters_is_like_any_other(tmp_path: Path):
    """R35: nothing of a path is taken for a pattern or a URL."""
    folder = tmp_path / "registre [été] 100% #1?"
    folder.mkdir()
    _load(folder, FIRST)
    (folder / "register.sqlite3.importing-7").touch()
    assert _load(folder, FIRST).unchanged == 3
    assert not list(folder.glob("*.importing-*"))


async def test_an_unfinished_file_is_no_register(tmp_path: Path):
    """R35: should a half-made file stand in the register's place, it is not read."""
    path = tmp_path / "register.sqlite3"
    with new_register(path, path) as new:
        new.add([(2, 12345, None, None, None, None, b"m" * 16, None, None, None)])
    register = SqliteRegister(path, KEYRING)
    with pytest.raises(RegisterUnavailable, match="not a finished register"):
        await register.find(CAMILLE)
    register.close()
