"""The PostgreSQL of the tests, for whom the account that runs it may not see the checkout."""

from __future__ import annotations

from pathlib import Path

from tests.servers.postgres import within_reach


def test_programs_in_a_closed_folder_are_linked(tmp_path: Path) -> None:
    """Root's home is closed to the account that runs PostgreSQL for root: its programs, with all
    that they find beside them, are linked into a folder that is open."""
    package, libraries = tmp_path / "closed" / "server", tmp_path / "closed" / "server.libs"
    for folder in (package, libraries):
        folder.mkdir(parents=True)
        (folder / "file").write_text("program or library")
    (package / "alias").symlink_to("file")
    package.parent.chmod(0o700)
    reached = within_reach(package, tmp_path / "open")
    assert reached == tmp_path / "open" / "server"
    assert (reached / "file").samefile(package / "file")
    assert (reached / "alias").is_symlink()
    assert (tmp_path / "open" / "server.libs" / "file").samefile(libraries / "file")


def test_programs_that_all_may_run_stay(tmp_path: Path) -> None:
    """What is open already is run where it lies."""
    assert within_reach(Path("/usr/bin"), tmp_path) == Path("/usr/bin")
