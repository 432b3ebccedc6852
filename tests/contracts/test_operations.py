"""What partners have handed in still holds (R41)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graphql_api.schema.contract import check_operations
from graphql_api.schema.executable import build_schema

FOLDER = Path(__file__).parent / "operations"
PARTNERS = sorted(each for each in FOLDER.iterdir() if each.is_dir())


@pytest.mark.parametrize("folder", PARTNERS, ids=lambda folder: folder.name)
def test_a_partner_s_operations_hold(folder: Path) -> None:
    """R41: the schema takes each, within the limits of production; otherwise the failure names file
    and line."""
    files = sorted(folder.rglob("*.graphql"))
    assert files, f"{folder.name}: no .graphql file"
    assert [str(finding) for finding in check_operations(build_schema(), files)] == []


def test_the_operations_of_the_tutorial_hold(tmp_path: Path) -> None:
    """R41: what a front end begins with."""
    page = Path(__file__).parents[2] / "docs/tutorial-front-end.md"
    (operations,) = re.findall(r"```graphql\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    file = tmp_path / "renewal.graphql"
    file.write_text(operations, "utf-8")
    assert check_operations(build_schema(), [file]) == []
