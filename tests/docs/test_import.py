"""The page on importing the register shows a file and the report that it gets."""

from __future__ import annotations

from pathlib import Path

from adapters.register.import_csv import import_register
from core.keys import Keyring, SecretKey


def test_the_sample_gets_the_report_that_is_shown(read_page, tmp_path: Path) -> None:
    """R35: the page's voters, the first once more, are imported with the page's remarks."""
    page = read_page("docs/how-to/import-the-register.md")
    sample, shown = (block.text for block in page.blocks if block.language == "csv")
    file, report = tmp_path / "register.csv", tmp_path / "report.csv"
    file.write_text(sample + sample.splitlines()[1] + "\n", "utf-8")
    keyring = Keyring((SecretKey("sample", bytes(32)),))
    register = tmp_path / "register.sqlite3"
    counts = import_register(file, register, keyring, report=report, force=True)
    assert report.read_text("utf-8").splitlines() == shown.splitlines()
    assert (counts.lines, counts.accepted, counts.rejected) == (4, 3, 1)
