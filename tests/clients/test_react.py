"""The React page of the tutorial; `tests/trials/react_page.py` installs it and renews with it."""

from __future__ import annotations

import re
from pathlib import Path

from graphql_api.schema.contract import check_operations
from graphql_api.schema.executable import build_schema

HERE = Path(__file__).parent / "react"
PAGE = HERE.parents[2] / "docs/tutorial-react.md"
FILES = {"html": "index.html", "js": "vite.config.js", "jsx": "src/main.jsx"}


def test_the_tutorial_has_the_files_that_are_tried() -> None:
    """R41: to the letter, each once."""
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
    shown = {language: text for language, text in blocks if language != "sh"}
    assert shown == {each: (HERE / file).read_text("utf-8") for each, file in FILES.items()}


def test_its_operations_hold(tmp_path: Path) -> None:
    """R41: what the page sends fits the schema, within the limits of production."""
    text = (HERE / FILES["jsx"]).read_text("utf-8")
    (members,) = re.findall(r'^const MEMBERS = "(.*)";$', text, re.M)
    documents = re.findall(r"gql`(.*?)`", text, re.S)
    assert len(documents) == 3
    file = tmp_path / "page.graphql"
    file.write_text("\n".join(documents).replace("${MEMBERS}", members), "utf-8")
    assert [str(each) for each in check_operations(build_schema(), [file])] == []
